/** What a command may touch of the process that runs it. */
export interface CommandIo {
  /** A line of the result. */
  out(line: string): void;
  /** Progress and complaints, as they are. */
  err(text: string): void;
  /** Whether `err` is a terminal, on which a line can be rewritten. */
  readonly isTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls `fn` at each Ctrl-C or SIGTERM until the answer is called. */
  onInterrupt(fn: () => void): () => void;
}

/** This process. */
export function processIo(): CommandIo {
  return {
    out: (line) => process.stdout.write(`${line}\n`),
    err: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true,
    env: process.env,
    onInterrupt(fn) {
      const signals = ['SIGINT', 'SIGTERM'] as const;
      for (const signal of signals) process.on(signal, fn);
      return () => {
        for (const signal of signals) process.off(signal, fn);
      };
    },
  };
}
