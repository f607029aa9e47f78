import { refusalWords } from '../../story.ts';
import { t } from '../../strings/index.ts';
import { alertWords } from '../../words.ts';
import { isDrill, nextAtMs, priorityOf, sinceMs, standingOf, type WorkItem } from '../../work-list.ts';
import { Badge, type Tone } from '../ui/badge.tsx';
import { nowMs } from '../ui/now.ts';
import { Age, Countdown } from '../ui/times.tsx';
import { commandWords } from './act.ts';
import type { Desk } from './desk.ts';

interface RowProps {
  readonly desk: Desk;
  readonly item: WorkItem;
  readonly isGone: boolean;
  readonly isCurrent: boolean;
  readonly place: number;
  readonly count: number;
  readonly onOpen: () => void;
}

const TONE: Readonly<Record<string, Tone>> = {
  CRITICAL: 'critical',
  HIGH: 'high',
  MEDIUM: 'medium',
  LOW: 'low',
};
const STANDING_TONE: Readonly<Record<ReturnType<typeof standingOf>, Tone>> = {
  needs_you: 'critical',
  searching: 'high',
  on_the_way: 'busy',
  on_scene: 'good',
  on_hold: 'plain',
  alert: 'plain',
};

/** One that waits: how urgent, what and where, how it stands, and what happens next. Always as high as the others. */
export function WorkRow({ desk, item, isGone, isCurrent, place, count, onOpen }: RowProps) {
  const priority = priorityOf(item);
  const standing = standingOf(item);
  const isUrgent = !isDrill(item) && !isGone && (standing === 'needs_you' || priority === 'CRITICAL');
  return (
    <li aria-setsize={count} aria-posinset={place}>
      <button
        type="button"
        class="work-row"
        data-id={item.id}
        data-priority={priority}
        data-urgent={String(isUrgent)}
        data-gone={String(isGone)}
        data-drill={String(isDrill(item))}
        aria-current={isCurrent ? 'true' : undefined}
        onFocus={() => {
          desk.cursor.value = item.id;
        }}
        onClick={onOpen}
      >
        <span class="flow">
          <Badge tone={TONE[priority] ?? 'plain'} strong={priority === 'CRITICAL'}>
            {t(`work.priority_${priority}`)}
          </Badge>
          <strong class="what">{whatOf(item)}</strong>
          <Marks desk={desk} item={item} />
          <Age sinceMs={sinceMs(item)} />
        </span>
        <Middle desk={desk} item={item} />
        <span class="flow small">
          <Badge
            tone={isGone ? 'plain' : STANDING_TONE[standing]}
            strong={standing === 'needs_you' && !isGone}
          >
            {isGone ? t('work.gone') : t(`work.standing_${standing}`)}
          </Badge>
          <span class="clip">{item.kind === 'sos' ? whoComes(desk, item) : null}</span>
          <Next item={item} />
        </span>
      </button>
    </li>
  );
}

const whatOf = (item: WorkItem) =>
  item.kind === 'sos' ? t(`work.type_${item.sos.emergencyType}`) : item.alert.title;

function Marks({ desk, item }: Pick<RowProps, 'desk' | 'item'>) {
  if (item.kind === 'alert') return <span class="space" />;
  const { sos } = item;
  return (
    <span class="space marks">
      {sos.isDrill ? <Badge tone="busy">{t('work.drill')}</Badge> : null}
      {sos.isProvisional ? <Badge tone="high">{t('work.unsaved')}</Badge> : null}
      {sos.origin === 'machine' ? <Badge>{t('work.machine')}</Badge> : null}
      {sos.ownerId === desk.me ? <Badge tone="good">{t('work.yours')}</Badge> : null}
    </span>
  );
}

/** Where and what; in its place why something was refused, until somebody looks. */
function Middle({ desk, item }: Pick<RowProps, 'desk' | 'item'>) {
  const refused = desk.refused.value.get(item.id);
  if (refused) {
    const why = refusalWords(refused.code, refused.message, refused.advice);
    const words = t('work.refused', { command: commandWords(refused.command), why });
    return (
      <span class="flow small clip bad" title={words}>
        {words}
      </span>
    );
  }
  const words =
    item.kind === 'alert'
      ? alertWords(item.alert, nowMs.value)
      : [item.sos.addressText, item.sos.description].filter((one) => one !== null).join(' · ');
  return <span class="flow small soft clip">{words || '\u00a0'}</span>;
}

function whoComes({ names }: Desk, { sos }: Extract<WorkItem, { kind: 'sos' }>): string {
  const comes = sos.slots.filter(({ holderId }) => holderId !== null);
  const [first] = comes;
  if (!first?.holderId) {
    const asked = sos.openOffers > 0 ? t('work.asked', { n: sos.openOffers }) : t('work.nobody_comes');
    return sos.wave > 0 ? `${t('work.wave', { n: sos.wave })}: ${asked}` : asked;
  }
  const who = names.nameOf(first.holderId);
  const words =
    first.arrivedAtMs !== null
      ? t('work.comes_there', { who })
      : first.departedAtMs !== null
        ? t('work.comes', { who })
        : t('work.comes_accepted', { who });
  return comes.length > 1 ? `${words} ${t('work.and_more', { n: comes.length - 1 })}` : words;
}

function Next({ item }: Pick<RowProps, 'item'>) {
  const atMs = nextAtMs(item);
  if (atMs === null) return null;
  const words =
    item.kind === 'alert'
      ? t('work.sos_in')
      : item.sos.holdUntilMs === null
        ? t('work.next_wave_in')
        : t('work.hold_ends_in');
  return (
    <span class="next">
      {words} <Countdown untilMs={atMs} urgentBelowMs={10_000} />
    </span>
  );
}
