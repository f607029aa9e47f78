const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** A signal ends this process the way an exit does, so that what it started is ended too. */
export function endOnSignal(): void {
  for (const [signal, code] of Object.entries(EXIT_CODES))
    process.once(signal as NodeJS.Signals, () => process.exit(code));
}
