import type { MusterClient, StreamHandlers } from '../client/node.ts';
import type { Ledger, Watched } from './ledger.ts';

type StreamEvent = Parameters<StreamHandlers['onEvent']>[0];

/**
 * What a dispatcher sees of the run, into the ledger. The feed begins with a snapshot, so a stream that is not in it
 * may begin with any number; from there on its numbers must follow each other.
 */
export class DispatcherView {
  readonly #ledger: Ledger;
  readonly #watched = new Map<string, Watched>();
  #endedBecause: string | null = null;

  constructor(client: MusterClient, ledger: Ledger) {
    this.#ledger = ledger;
    client.watchDispatch({
      onFeed: (feed) => {
        this.#watched.clear();
        for (const { sosId, seq } of feed.sos) this.#watched.set(`sos:${sosId}`, ledger.watch(seq));
      },
      onEvent: (event) => this.#reader(event).event(event),
      onState: () => {},
      onEnd: (reason) => {
        this.#endedBecause = reason;
      },
    });
  }

  /** Why the engine refused the feed; null while it runs. */
  get endedBecause(): string | null {
    return this.#endedBecause;
  }

  #reader(event: StreamEvent): Watched {
    const known = this.#watched.get(event.stream) ?? this.#ledger.watch(event.seq - 1);
    this.#watched.set(event.stream, known);
    return known;
  }
}
