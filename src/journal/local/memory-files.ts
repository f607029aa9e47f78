import type { JournalFile, JournalFiles } from './files.ts';

interface Stored {
  /** What a power cut leaves. */
  durable: Buffer;
  written: Buffer;
}

type Step = 'create' | 'append' | 'sync' | 'truncate';

/** A folder in memory that keeps after a power cut only what was synced, and fails when it is told to. For tests. */
export class MemoryFiles implements JournalFiles {
  readonly stored = new Map<string, Stored>();
  syncs = 0;
  /** Called before each step; what it throws is what the disk says. */
  before: (step: Step) => void | Promise<void> = () => {};

  async list(): Promise<readonly string[]> {
    return [...this.stored.keys()];
  }

  async read(name: string): Promise<Buffer> {
    return Buffer.from(this.#of(name).written);
  }

  async create(name: string): Promise<JournalFile> {
    await this.before('create');
    if (this.stored.has(name)) throw new Error('it exists');
    const stored: Stored = { durable: Buffer.alloc(0), written: Buffer.alloc(0) };
    this.stored.set(name, stored);
    return {
      append: async (bytes) => {
        await this.before('append');
        stored.written = Buffer.concat([stored.written, bytes]);
      },
      sync: async () => {
        await this.before('sync');
        this.syncs += 1;
        stored.durable = stored.written;
      },
      truncate: async (bytes) => {
        await this.before('truncate');
        stored.written = stored.written.subarray(0, bytes);
      },
      close: async () => {},
    };
  }

  async cut(name: string, bytes: number): Promise<void> {
    const stored = this.#of(name);
    stored.written = stored.written.subarray(0, bytes);
    stored.durable = stored.written;
  }

  async remove(name: string): Promise<void> {
    this.stored.delete(name);
  }

  /** What is left after a power cut; of what was not synced, as many bytes of each file as `share` of it says. */
  afterPowerCut(share: number): MemoryFiles {
    const left = new MemoryFiles();
    for (const [name, { durable, written }] of this.stored) {
      const more = Math.max(0, written.length - durable.length);
      const kept = Buffer.from(
        written.length < durable.length
          ? durable
          : written.subarray(0, durable.length + Math.floor(more * share)),
      );
      left.stored.set(name, { durable: kept, written: kept });
    }
    return left;
  }

  #of(name: string): Stored {
    const stored = this.stored.get(name);
    if (!stored) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return stored;
  }
}
