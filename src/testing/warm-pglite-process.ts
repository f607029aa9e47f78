import { type OpenDatabase, openDatabase } from '../store/embedded/open.ts';
import { type Serving, serve } from '../store/embedded/serve.ts';

export type ToWarm =
  | {
      readonly kind: 'open';
      readonly dataDir: string;
      readonly cacheDir: string;
      readonly socketPath: string;
    }
  | { readonly kind: 'close' };

/** Null: it was done. */
export type FromWarm = { readonly failure: string | null };

/** V8 keeps what it has compiled of a module as long as an instance lives: the last one is let go when the next is there. */
const kept: { last: OpenDatabase | null } = { last: null };
let serving: Serving | null = null;

async function obey(message: ToWarm): Promise<void> {
  if (message.kind === 'close') {
    await serving?.stop();
    serving = null;
    return;
  }
  if (serving) throw new Error('a database is open already');
  const opened = await openDatabase(message.dataDir, message.cacheDir);
  serving = await serve(opened, message.socketPath);
  kept.last = opened;
  // Hundreds of megabytes that hang on few small objects.
  globalThis.gc?.();
}

process.on('message', (message: ToWarm) => {
  const answer = (failure: string | null) => process.send?.({ failure } satisfies FromWarm);
  obey(message).then(
    () => answer(null),
    (error: unknown) => answer(error instanceof Error ? error.message : String(error)),
  );
});
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
