import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../lib/package-root.ts';
import { Callers, type CallersFigures, type CallersNews, type CallersOrder } from './callers.ts';

export type Told =
  | { readonly kind: 'begin'; readonly order: CallersOrder }
  | { readonly kind: 'take' | 'killed' | 'end' };

/** The callers, told from another process what to do. */
export interface FarCallers {
  /** What was measured so far; it does not count any more. */
  take(): Promise<CallersFigures>;
  killed(): void;
  end(): Promise<CallersFigures>;
  kill(): void;
}

/** Starts them; resolves once they call. */
export async function startCallers(order: CallersOrder): Promise<FarCallers> {
  const child = fork(fileURLToPath(new URL('dist/src/testing/storm/callers-process.js', packageRoot)));
  const tell = (told: Told) => child.send(told);
  tell({ kind: 'begin', order });
  await news(child, 'ready');
  return {
    async take() {
      const answer = news(child, 'figures');
      tell({ kind: 'take' });
      return (await answer).figures;
    },
    killed: () => void tell({ kind: 'killed' }),
    async end() {
      const answer = news(child, 'figures');
      tell({ kind: 'end' });
      const figures = await answer;
      child.kill();
      return figures.figures;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

function news<K extends CallersNews['kind']>(
  child: ChildProcess,
  kind: K,
): Promise<Extract<CallersNews, { readonly kind: K }>> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the callers ended with ${code}`)));
    child.once('message', (message: CallersNews) => {
      if (message.kind === kind) resolve(message as Extract<CallersNews, { readonly kind: K }>);
      else reject(new Error(`the callers said ${message.kind} instead of ${kind}`));
    });
  });
}

if (process.send && process.argv[1]?.endsWith('callers-process.js')) {
  let callers: Callers | null = null;
  // Whoever asked is gone.
  process.once('disconnect', () => process.exit(1));
  const say = (told: CallersNews) => process.send?.(told);
  process.on('message', async (told: Told) => {
    if (told.kind === 'begin') {
      callers = new Callers(told.order);
      await callers.begin();
      say({ kind: 'ready' });
    } else if (told.kind === 'take' && callers) say({ kind: 'figures', figures: callers.take() });
    else if (told.kind === 'killed') callers?.killed();
    else if (callers) say({ kind: 'figures', figures: await callers.end() });
  });
}
