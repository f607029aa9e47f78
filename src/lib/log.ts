/** What rooms may write to the log: a sentence plus ids, counts and codes. Never names, positions, vitals, tokens. */
export interface Logger {
  debug(fields: LogFields, sentence: string): void;
  info(fields: LogFields, sentence: string): void;
  warn(fields: LogFields, sentence: string): void;
  error(fields: LogFields, sentence: string): void;
  /** A logger for one room; its name goes into every line. */
  named(room: string): Logger;
}

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

const silent = () => {};
export const silentLogger: Logger = {
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  named: () => silentLogger,
};

/** What may be said of an unknown error: its class and code. A message can carry row values. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = (error as { code?: unknown }).code;
  return { error: error.name, code: typeof code === 'string' || typeof code === 'number' ? code : undefined };
}
