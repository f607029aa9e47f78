import { must } from '../lib/assert.ts';
import { type OpenDatabase, openDatabase } from '../store/embedded/open.ts';
import { type Serving, serve } from '../store/embedded/serve.ts';
import { type Beginning, backToBeginning, beginningOf } from './pglite-reset.ts';

export type ToWarm =
  | {
      readonly kind: 'open';
      readonly dataDir: string;
      readonly cacheDir: string;
      readonly socketPath: string;
    }
  /** The one that was closed last and is as new. */
  | { readonly kind: 'again'; readonly socketPath: string }
  | { readonly kind: 'close' };

/** `failure` null: it was done. `isAsNew`: what was closed is as it was when it was opened. */
export type FromWarm = { readonly failure: string | null; readonly isAsNew: boolean };

interface Kept {
  readonly opened: OpenDatabase;
  readonly beginning: Beginning;
  isOpen: boolean;
}

/**
 * The last one. As long as it is as new it stays open, because to open one costs more than most files of tests ask of it; and
 * V8 keeps what it has compiled of a module as long as an instance lives.
 */
let kept: Kept | null = null;
let serving: Serving | null = null;

async function serveAt(socketPath: string, { db, counts }: OpenDatabase): Promise<Serving> {
  let isOver = false;
  const lent = new Proxy(db, {
    get: (target, name) => {
      // Whoever served it is done with it; it stays open.
      if (name === 'close') return async () => {};
      // A connection whose end is noticed late must not roll back what the next ones do.
      if (name === 'isInTransaction' && isOver) return () => false;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const served = await serve({ db: lent, counts }, socketPath);
  return {
    ...served,
    stop: async () => {
      await served.stop();
      isOver = true;
    },
  };
}

async function open(dataDir: string, cacheDir: string): Promise<Kept> {
  const opened = await openDatabase(dataDir, cacheDir);
  await letGo();
  kept = { opened, beginning: await beginningOf(opened.db), isOpen: true };
  // Hundreds of megabytes that hang on few small objects.
  globalThis.gc?.();
  return kept;
}

/** Answers whether what was closed is as new. */
async function close(): Promise<boolean> {
  await serving?.stop();
  serving = null;
  // A session that can't even be brought back is not as new.
  const isAsNew = kept !== null && (await backToBeginning(kept.opened.db, kept.beginning).catch(() => false));
  if (!isAsNew) await letGo();
  return isAsNew;
}

async function letGo(): Promise<void> {
  if (!kept?.isOpen) return;
  kept.isOpen = false;
  await kept.opened.db.close();
}

async function obey(message: ToWarm): Promise<boolean> {
  if (message.kind === 'close') return close();
  if (serving) throw new Error('a database is open already');
  const { opened } =
    message.kind === 'open'
      ? await open(message.dataDir, message.cacheDir)
      : must(kept?.isOpen ? kept : null, 'a database that was open before');
  serving = await serveAt(message.socketPath, opened);
  return false;
}

process.on('message', (message: ToWarm) => {
  const answer = (failure: string | null, isAsNew = false) =>
    process.send?.({ failure, isAsNew } satisfies FromWarm);
  obey(message).then(
    (isAsNew) => answer(null, isAsNew),
    (error: unknown) => answer(error instanceof Error ? error.message : String(error)),
  );
});
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
