/** One event as it stands in the log, once it is committed. */
export interface LogEvent {
  readonly stream: string;
  readonly seq: number;
  readonly atMs: number;
  readonly actorId: string | null;
  readonly type: string;
  readonly data: unknown;
}
