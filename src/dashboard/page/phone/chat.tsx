import { useEffect, useRef } from 'preact/hooks';
import { timeText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { readBy, type Said, type Talk, unread } from '../../talk.ts';
import { field } from '../dom.ts';

export interface ChatProps {
  readonly talk: Talk;
  readonly userId: string;
  readonly nameOf: (userId: string) => string;
  readonly onSay: (text: string) => void;
  readonly onAgain: (id: string, text: string) => void;
  readonly onRead: (upToSeq: number) => void;
}

const LONGEST = 2_000;

/** What those in one SOS write to each other: what is not sent yet, who has read, the newest at the end. */
export function Chat({ talk, userId, nameOf, onSay, onAgain, onRead }: ChatProps) {
  const log = useRef<HTMLOListElement>(null);
  const fresh = unread(talk, userId);
  const newest = talk.said.length + talk.unsent.length;
  useEffect(() => {
    log.current?.lastElementChild?.scrollIntoView({ block: 'nearest' });
  }, [newest]);
  useEffect(() => {
    if (fresh && document.visibilityState === 'visible') onRead(fresh.upToSeq);
  }, [fresh?.upToSeq, document.visibilityState]);
  return (
    <section class="panel chat" aria-labelledby="chat-title">
      <h2 id="chat-title">{t('phone.chat')}</h2>
      {newest === 0 ? <p class="soft">{t('phone.chat_empty')}</p> : null}
      <ol ref={log} aria-live="polite">
        {talk.said.map((one) => (
          <Line key={one.messageId} one={one} talk={talk} isMine={one.senderId === userId} nameOf={nameOf} />
        ))}
        {talk.unsent.map(({ id, text, problem }) => (
          <li key={id} class="said mine" data-unsent="true">
            <p>{text}</p>
            <p class="small">{problem ?? t('phone.chat_unsent')}</p>
            {problem === null ? null : (
              <button type="button" class="button quiet" onClick={() => onAgain(id, text)}>
                {t('phone.chat_again')}
              </button>
            )}
          </li>
        ))}
      </ol>
      <Write onSay={onSay} />
    </section>
  );
}

interface LineProps {
  readonly one: Said;
  readonly talk: Talk;
  readonly isMine: boolean;
  readonly nameOf: (userId: string) => string;
}

function Line({ one, talk, isMine, nameOf }: LineProps) {
  const readers = readBy(talk, one);
  const receipt = readers > 0 ? t('phone.chat_read', { n: readers }) : t('phone.chat_delivered');
  const by = isMine ? t('phone.chat_me') : nameOf(one.senderId);
  return (
    <li class={isMine ? 'said mine' : 'said'}>
      <p>{one.text}</p>
      <p class="small">
        {[by, one.atMs === null ? '' : timeText(one.atMs), isMine ? receipt : '']
          .filter((word) => word !== '')
          .join(' · ')}
      </p>
    </li>
  );
}

function Write({ onSay }: Pick<ChatProps, 'onSay'>) {
  return (
    <form
      class="write"
      onSubmit={(event) => {
        event.preventDefault();
        const text = field(event.currentTarget, 'text').trim();
        if (text === '') return;
        onSay(text);
        event.currentTarget.reset();
      }}
    >
      <input
        name="text"
        aria-label={t('phone.chat_write')}
        placeholder={t('phone.chat_write')}
        maxLength={LONGEST}
        autocomplete="off"
        enterkeyhint="send"
      />
      <button type="submit" class="button primary">
        {t('phone.chat_send')}
      </button>
    </form>
  );
}
