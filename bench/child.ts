import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A part of a bench in a process of its own. What it is to do is the first message; each later one is answered by one. */
export interface Part<Says> {
  readonly pid: number;
  /** Rejects when the process ends instead. */
  ask(message: unknown): Promise<Says>;
  kill(): void;
}

/** `file`: the built one, beside this; `flags`: of Node. */
export function startPart<Says>(file: string, flags: readonly string[], isDetached = false): Part<Says> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    execArgv: [...flags],
    detached: isDetached,
  });
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${file} ended too early: ${signal ?? code}`);
  });
  ended.catch(() => {});
  return {
    pid: child.pid ?? 0,
    async ask(message) {
      const answer = Promise.race([once(child, 'message'), ended]);
      child.send(message as object);
      const [says] = await answer;
      return says as Says;
    },
    kill: () => child.kill(),
  };
}
