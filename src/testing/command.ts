import { spawn } from 'node:child_process';

export interface CommandResult {
  /** Exit code; null when the command is missing, was killed or ran out of time. */
  readonly code: number | null;
  /** What it wrote to both outputs, the last 64 KB. */
  readonly output: string;
}

export interface CommandOptions {
  readonly timeoutMs: number;
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly env?: Readonly<Record<string, string>>;
}

const OUTPUT_CHARS_MAX = 64 * 1024;

/** Runs a command to its end. Never throws: a command that can't be started is a result too. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
      env: { ...process.env, ...options.env },
      ...options.user,
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-OUTPUT_CHARS_MAX);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => resolve({ code: null, output: error.message }));
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** The end of a command's output, for an error message. */
export function lastLines(output: string, count = 5): string {
  return output.trim().split('\n').slice(-count).join('\n');
}
