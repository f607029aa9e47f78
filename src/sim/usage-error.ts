/** What the operator has to mend: a flag, a file, a column. Ends the command with its sentence and exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
