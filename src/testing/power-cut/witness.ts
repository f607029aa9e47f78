import type { StreamEvent } from '../../protocol/down.ts';
import type { AnsweredCommand, DeviceFixes, SeenEvent, SeenStream, Told } from './told.ts';

/** Writes down what clients are told, as they are told it. */
export class Witness {
  readonly #commands: AnsweredCommand[] = [];
  readonly #devices: (() => DeviceFixes)[] = [];
  readonly #streams: SeenStream[] = [];
  readonly #contradictions: string[] = [];
  #firstAnswer: ((atMs: number) => void) | null = null;

  /** The first command answered from now on: when, by `performance.now()`. */
  nextAnswer(): Promise<number> {
    return new Promise((resolve) => {
      this.#firstAnswer = resolve;
    });
  }

  answered(command: AnsweredCommand): void {
    this.#commands.push(command);
    this.#firstAnswer?.(performance.now());
    this.#firstAnswer = null;
  }

  contradicted(sentence: string): void {
    this.#contradictions.push(sentence);
  }

  /** `read` says how the device stands, whenever asked. */
  follows(read: () => DeviceFixes): void {
    this.#devices.push(read);
  }

  /** What one subscription delivers from now on. */
  watches(stream: string, afterSeq: number | null) {
    const steps: (SeenEvent | { snapshot: number })[] = [];
    this.#streams.push({ stream, afterSeq, steps });
    return {
      event: ({ seq, type, atMs }: StreamEvent) => void steps.push({ seq, type, atMs }),
      snapshot: ({ seq }: { readonly seq: number }) => void steps.push({ snapshot: seq }),
    };
  }

  get acknowledged(): { commands: number; fixes: number } {
    const fixes = this.#devices.reduce((sum, read) => sum + read().ackedSeq, 0);
    return { commands: this.#commands.length, fixes };
  }

  get told(): Told {
    return {
      commands: this.#commands,
      devices: this.#devices.map((read) => read()),
      streams: this.#streams,
      contradictions: this.#contradictions,
    };
  }
}
