import type { Syncer } from './syncer.ts';

/** The same shape as a job of the scheduler. */
export interface ConnectionJob {
  readonly name: string;
  readonly everyMs: number;
  run(context: { readonly signal: AbortSignal }): Promise<void>;
}

/** Begins what is due, and leaves it running: other jobs of the node wait for no provider. */
export const connectionsJob = (syncer: Pick<Syncer, 'takeDue'>): ConnectionJob => ({
  name: 'connections',
  everyMs: 60_000,
  run: () => syncer.takeDue(),
});

export const tokenKeysJob = (syncer: Pick<Syncer, 'reseal'>): ConnectionJob => ({
  name: 'token_keys',
  everyMs: 3_600_000,
  run: ({ signal }) => syncer.reseal(signal),
});
