import { useSignal } from '@preact/signals';
import type { StreamEvent } from '../../../protocol/down.ts';
import { told } from '../../story.ts';
import { momentText, timeText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import type { Desk } from './desk.ts';

interface TimelineProps {
  readonly desk: Desk;
  readonly events: readonly StreamEvent[];
}

/** Every event in words, with who and when, as it grows. */
export function SosTimeline({ desk, events }: TimelineProps) {
  const isNewestFirst = useSignal(true);
  const shown = isNewestFirst.value ? events.toReversed() : events;
  return (
    <div class="timeline">
      <button
        type="button"
        class="button quiet"
        onClick={() => {
          isNewestFirst.value = !isNewestFirst.value;
        }}
      >
        {isNewestFirst.value ? t('incident.timeline_newest') : t('incident.timeline_oldest')}
      </button>
      <StoryList desk={desk} events={shown} />
    </div>
  );
}

interface StoryProps extends TimelineProps {
  /** The event that is looked at; later ones are shown as not yet. */
  readonly upToSeq?: number;
  readonly onChoose?: (event: StreamEvent) => void;
}

/** Events as a list; with `onChoose` each can be gone to. */
export function StoryList({ desk, events, upToSeq, onChoose }: StoryProps) {
  return (
    <ol>
      {events.map((event) => (
        <Line
          key={event.seq}
          desk={desk}
          event={event}
          isAhead={upToSeq !== undefined && event.seq > upToSeq}
          isHere={event.seq === upToSeq}
          {...(onChoose ? { onChoose } : {})}
        />
      ))}
    </ol>
  );
}

interface LineProps {
  readonly desk: Desk;
  readonly event: StreamEvent;
  readonly isAhead: boolean;
  readonly isHere: boolean;
  readonly onChoose?: (event: StreamEvent) => void;
}

function Line({ desk, event, isAhead, isHere, onChoose }: LineProps) {
  const words = told(event, desk.names.nameOf);
  if (!words) return null;
  const by =
    words.isAct && event.actorId ? t('incident.by', { who: desk.names.nameOf(event.actorId) }) : null;
  const content = (
    <>
      <span class="text">{words.text}</span>
      {words.said ? <q>{words.said}</q> : null}
      {by ? <span class="soft small">{by}</span> : null}
    </>
  );
  return (
    <li
      data-tone={words.tone}
      data-ahead={String(isAhead)}
      data-seq={event.seq}
      aria-current={isHere ? 'step' : undefined}
    >
      <time dateTime={new Date(event.atMs).toISOString()} title={momentText(event.atMs)}>
        {timeText(event.atMs)}
      </time>
      {onChoose ? (
        <button type="button" class="go" onClick={() => onChoose(event)}>
          {content}
        </button>
      ) : (
        <div>{content}</div>
      )}
    </li>
  );
}
