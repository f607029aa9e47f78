import type { Clock } from './clock.ts';
import type { EngineReport } from './engine-health.ts';
import { errorFields } from './log.ts';

export interface EngineProbeParts {
  readonly report: EngineReport;
  /** Resolves when the engine answers. Has a deadline of its own. */
  readonly ask: () => Promise<unknown>;
  readonly clock: Clock;
  readonly everyMs?: number;
}

const EVERY_MS = 5_000;

/** Reports an engine that is used now and then: whoever could not use it says so, and then it is asked until it answers. */
export class EngineProbe {
  readonly #parts: EngineProbeParts;
  #cancel: (() => void) | null = null;
  #isStopped = false;

  constructor(parts: EngineProbeParts) {
    this.#parts = parts;
  }

  /** It could not be used. */
  failed(error: unknown): void {
    const { code, error: name } = errorFields(error);
    this.#parts.report(String(code ?? name).toLowerCase());
    if (this.#isStopped) return;
    this.#cancel ??= this.#parts.clock.after(this.#parts.everyMs ?? EVERY_MS, () => void this.#ask());
  }

  /** It was used. */
  answered(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#parts.report(null);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  async #ask(): Promise<void> {
    this.#cancel = null;
    try {
      await this.#parts.ask();
      this.answered();
    } catch (error) {
      this.failed(error);
    }
  }
}
