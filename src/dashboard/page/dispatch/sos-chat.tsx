import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { SosView } from '../../../client/index.ts';
import type { StreamEvent } from '../../../protocol/down.ts';
import {
  type ChatLog,
  type ChatMessage,
  chatAfter,
  chatFrom,
  messagesOf,
  unreadUpTo,
} from '../../chat-log.ts';
import { timeText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { Button } from '../ui/button.tsx';
import { act, forgive, refuse } from './act.ts';
import type { Desk } from './desk.ts';

interface ChatProps {
  readonly desk: Desk;
  readonly sos: SosView;
}

/** What is said between those in an SOS: for the dispatcher to whom it belongs. */
export function SosChat({ desk, sos }: ChatProps) {
  if (sos.ownerId === desk.me) return <Talk key={sos.sosId} desk={desk} sos={sos} />;
  return (
    <div class="empty">
      <p>{t('incident.chat_not_yours')}</p>
      {sos.closedAtMs === null ? (
        <Button look="primary" onPress={() => act(desk, sos, { kind: 'sos.take_over' })}>
          {t('incident.cmd_take_over')}
        </Button>
      ) : null}
    </div>
  );
}

function Talk({ desk, sos }: ChatProps) {
  const log = useSignal<ChatLog | null>(null);
  const end = useRef<HTMLLIElement>(null);
  const { client } = desk.store;
  useEffect(() => {
    const stream = `chat:${sos.sosId}`;
    const happened = (event: StreamEvent) => {
      log.value = chatAfter(log.value ?? chatFrom(0, { messages: [], reads: [] }), event);
    };
    const subscription = client.subscribe(stream, {
      onSnapshot: ({ seq, view }) => {
        log.value = chatFrom(seq, view);
      },
      onEvent: happened,
      onProvisional: happened,
    });
    return () => subscription.unsubscribe();
  }, [sos.sosId]);
  const unread = log.value ? unreadUpTo(log.value, desk.me) : null;
  useEffect(() => {
    if (unread === null || document.visibilityState !== 'visible') return;
    client.command('chat.read', { sosId: sos.sosId, upToSeq: unread }).catch(() => {});
  }, [unread]);
  const messages = log.value ? messagesOf(log.value) : [];
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'nearest' });
  }, [messages.length]);
  if (log.value === null) return <p class="empty">{t('incident.chat_loading')}</p>;
  return (
    <div class="chat">
      {messages.length === 0 ? <p class="empty">{t('incident.chat_empty')}</p> : null}
      <div role="log" aria-label={t('incident.chat_label')}>
        <ol>
          {messages.map((message) => (
            <Said key={message.messageId} desk={desk} message={message} />
          ))}
          <li ref={end} class="end" aria-hidden="true" />
        </ol>
      </div>
      {sos.closedAtMs === null ? (
        <Write desk={desk} sos={sos} />
      ) : (
        <p class="soft small">{t('incident.chat_closed')}</p>
      )}
    </div>
  );
}

interface SaidProps {
  readonly desk: Desk;
  readonly message: ChatMessage;
}

function Said({ desk, message }: SaidProps) {
  const isMine = message.senderId === desk.me;
  const readers = message.readBy.map((id) => desk.names.nameOf(id));
  return (
    <li data-mine={String(isMine)}>
      <span class="soft small">
        {desk.names.nameOf(message.senderId)}
        {message.atMs === null ? '' : ` · ${timeText(message.atMs)}`}
      </span>
      <p>{message.text}</p>
      <span class="soft small receipt">
        {readers.length > 0
          ? t('incident.chat_read_by', { who: readers.join(', ') })
          : t('incident.chat_unread')}
      </span>
    </li>
  );
}

function Write({ desk, sos }: ChatProps) {
  const text = useSignal('');
  const isSending = useSignal(false);
  const send = async () => {
    const words = text.value.trim();
    if (words === '' || isSending.value) return;
    isSending.value = true;
    try {
      await desk.store.client.command('chat.send', { sosId: sos.sosId, text: words });
      text.value = '';
      forgive(desk, sos.sosId);
    } catch (error) {
      refuse(desk, sos.sosId, 'chat.send', error);
    } finally {
      isSending.value = false;
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <textarea
        aria-label={t('incident.chat_write')}
        placeholder={t('incident.chat_write')}
        rows={2}
        maxLength={2_000}
        value={text.value}
        onInput={({ currentTarget }) => {
          text.value = currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          void send();
        }}
      />
      <Button look="primary" type="submit" disabled={isSending.value}>
        {isSending.value ? t('incident.chat_sending') : t('incident.chat_send')}
      </Button>
    </form>
  );
}
