import type { Clock } from '../lib/clock.ts';
import type { Metrics } from '../lib/metric.ts';
import { ChatFlood, type FloodReason, type Spent } from './chat-flood.ts';
import { isOpen, type SosState } from './machine/state.ts';
import type { Changed, CommandKey, DispatchStore, LogEvent } from './store.ts';
import { isParty, type Viewer } from './view.ts';

export interface ChatOptions {
  readonly store: Pick<DispatchStore, 'chat' | 'readChat'>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly metrics: Metrics;
  /** Somebody floods a chat. Told at most once in ten minutes for each person and SOS; holds no words. */
  readonly onSpam?: ((spam: { userId: string; sosId: string; reason: FloodReason }) => void) | undefined;
}

export type ChatRefusal = 'sos_not_found' | 'sos_closed' | 'rate_limited';

export interface Said {
  readonly changed: Changed<ChatRefusal>;
  /** When it was refused for a flood. */
  readonly retryAfterMs?: number;
}

/** What requester, holders and the dispatcher to whom it belongs say to each other, and how far each has read. */
export class Chat {
  readonly #options: ChatOptions;
  readonly #flood = new ChatFlood();

  constructor(options: ChatOptions) {
    this.#options = options;
  }

  /** Whoever sends the same command again gets its stored answer, and that counts for nothing. */
  async send(key: CommandKey, by: Viewer, { sosId, text }: { sosId: string; text: string }): Promise<Said> {
    const { store, newId } = this.#options;
    let spent: Spent | null = null;
    const allowed = (state: SosState): ChatRefusal | null => {
      const refusal = refusalOf(by, state) ?? (isOpen(state) ? null : ('sos_closed' as const));
      if (refusal) return refusal;
      spent ??= this.#spend(key.actorId, sosId, text);
      return spent.ok ? null : 'rate_limited';
    };
    try {
      const changed = await store.chat(key, { id: newId(), sosId, text }, allowed);
      if (changed.kind === 'done') for (const event of changed.events) this.heard(event, 'here');
      else giveBack(spent);
      return { changed, ...waitOf(spent) };
    } catch (error) {
      giveBack(spent);
      throw error;
    }
  }

  /** An event of a chat's log: a message that another node took in counts here too. */
  heard(event: LogEvent, where: 'here' | 'elsewhere'): void {
    if (event.type !== 'chat.message') return;
    const { senderId, text } = event.data as { readonly senderId: string; readonly text: string };
    const sosId = event.stream.slice('chat:'.length);
    const message = { userId: senderId, sosId, text, seq: event.seq };
    this.#flood.heard(message, where, this.#options.clock.monotonicMs());
  }

  /** Also when the SOS is closed: whoever is still a party of it may read to the end. */
  async read(
    key: CommandKey,
    by: Viewer,
    { sosId, upToSeq }: { sosId: string; upToSeq: number },
  ): Promise<Said> {
    const allowed = (state: SosState) => refusalOf(by, state);
    return { changed: await this.#options.store.readChat(key, { sosId, upToSeq }, allowed) };
  }

  #spend(userId: string, sosId: string, text: string): Spent {
    const { clock, metrics, onSpam } = this.#options;
    const spent = this.#flood.spend(userId, sosId, text, clock.monotonicMs());
    if (spent.ok) return spent;
    metrics.count('dispatch_chat_refused', { reason: spent.reason });
    if (spent.isNews) onSpam?.({ userId, sosId, reason: spent.reason });
    return spent;
  }
}

const refusalOf = (by: Viewer, state: SosState) => (isParty(by, state) ? null : ('sos_not_found' as const));

// Called after an await, so the type of a captured variable has to be named again.
const giveBack = (spent: Spent | null) => {
  if (spent?.ok) spent.giveBack();
};
const waitOf = (spent: Spent | null) => (spent && !spent.ok ? { retryAfterMs: spent.retryAfterMs } : {});
