import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import type { LogEvent } from './types.ts';

export type Listener = (event: LogEvent) => void;

/**
 * Tells everybody on this node what was committed. `publish` is called after the commit by the node that decided, and
 * tells the other nodes too; `deliver` by what comes from them and by the log's tail. So listeners see events twice and
 * out of order and must not mind. Nothing is kept: who was not listening reads the log.
 */
export class Hub {
  readonly #topics = new Map<string, Set<Listener>>();
  readonly #watchers = new Set<Listener>();
  readonly #foretold = new Set<Listener>();
  readonly #restored = new Set<() => void>();
  readonly #log: Logger;
  readonly #metrics: Metrics;
  readonly #tellOthers: (event: LogEvent) => void;

  constructor(parts: {
    readonly log: Logger;
    readonly metrics: Metrics;
    /** Tells the other nodes. Must not throw. */
    readonly tellOthers?: (event: LogEvent) => void;
  }) {
    this.#log = parts.log;
    this.#metrics = parts.metrics;
    this.#tellOthers = parts.tellOthers ?? (() => {});
  }

  /** What this node has committed. */
  publish(event: LogEvent): void {
    this.deliver(event);
    this.#tellOthers(event);
  }

  /** What another node has, or the log holds. */
  deliver(event: LogEvent): void {
    for (const listener of this.#topics.get(event.stream) ?? []) this.#tell(listener, event);
    for (const watcher of this.#watchers) this.#tell(watcher, event);
  }

  /** What was decided while the store is away: whoever listens to its stream hears it, and who watches for that. */
  foretell(event: LogEvent): void {
    const foretold: LogEvent = { ...event, isProvisional: true };
    for (const listener of this.#topics.get(event.stream) ?? []) this.#tell(listener, foretold);
    for (const watcher of this.#foretold) this.#tell(watcher, foretold);
  }

  /** The store is back, and what was foretold is in it or was decided otherwise there. */
  restored(): void {
    for (const listener of [...this.#restored]) this.#guarded(listener, 'restored');
  }

  /** Listens to what is foretold of any stream. The answer ends it. */
  watchForetold(listener: Listener): () => void {
    this.#foretold.add(listener);
    return () => this.#foretold.delete(listener);
  }

  /** The answer ends it. */
  onRestored(listener: () => void): () => void {
    this.#restored.add(listener);
    return () => this.#restored.delete(listener);
  }

  /** Listens to one stream, also to what is foretold of it. The answer ends it. */
  subscribe(stream: string, listener: Listener): () => void {
    const topic = this.#topics.get(stream) ?? new Set();
    this.#topics.set(stream, topic);
    topic.add(listener);
    return () => {
      topic.delete(listener);
      if (topic.size === 0 && this.#topics.get(stream) === topic) this.#topics.delete(stream);
    };
  }

  /** Listens to every stream. The answer ends it. */
  watchAll(listener: Listener): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  /** How many streams have a listener here. */
  get topics(): number {
    return this.#topics.size;
  }

  // One listener's fault is not the publisher's, nor the next listener's.
  #tell(listener: Listener, event: LogEvent): void {
    this.#guarded(() => listener(event), event.type);
  }

  #guarded(tell: () => void, type: string): void {
    try {
      tell();
    } catch (error) {
      this.#metrics.count('fanout_listener_failures_total');
      this.#log.error({ ...errorFields(error), type }, 'a listener of the hub failed');
    }
  }
}
