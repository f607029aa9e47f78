import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type ChoosePolicy, choosePolicy, POLICY_NAMES } from './policies.ts';
import { parseUtcOffsetMs } from './time-format.ts';
import { UsageError } from './usage-error.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** The flags of a command, by name, as given. Anything unknown or without its value is a {@link UsageError}. */
export class Flags {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(argv: readonly string[], options: Options) {
    try {
      this.#values = parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
    } catch (error) {
      const sentence = error instanceof Error ? (error.message.split('. ')[0] ?? '') : '';
      throw new UsageError(`${sentence.replace(/\.$/, '')}; --help shows all flags.`);
    }
  }

  isSet(name: string): boolean {
    return this.#values[name] === true;
  }

  text(name: string): string | null {
    const value = this.#values[name];
    return typeof value === 'string' ? value : null;
  }

  needed(name: string): string {
    const value = this.text(name);
    if (value === null || value === '') throw new UsageError(`--${name} is needed; --help shows all flags.`);
    return value;
  }

  /** A number within bounds, both included. */
  number(name: string, fallback: number | null, min: number, max: number): number {
    const text = this.text(name);
    if (text === null && fallback !== null) return fallback;
    const value = Number(text);
    if (text === null || text.trim() === '' || !(value >= min && value <= max)) {
      throw new UsageError(`--${name} is a number from ${min} to ${max}, not "${text ?? ''}".`);
    }
    return value;
  }

  whole(name: string, fallback: number | null, min: number, max: number): number {
    const value = this.number(name, fallback, min, max);
    if (!Number.isInteger(value)) throw new UsageError(`--${name} is a whole number, not "${value}".`);
    return value;
  }

  /** `90s`, `10m`, `2h` in milliseconds. */
  durationMs(name: string, fallback: string): number {
    const text = this.text(name) ?? fallback;
    const match = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(text);
    const unitMs = { s: 1_000, m: 60_000, h: 3_600_000 }[match?.[2] ?? ''] ?? 0;
    const ms = Number(match?.[1]) * unitMs;
    if (!(ms > 0)) throw new UsageError(`--${name} is a duration such as 90s, 10m or 2h, not "${text}".`);
    return ms;
  }

  utcOffsetMs(name: string, fallback: string): number {
    return parseUtcOffsetMs(this.text(name) ?? fallback);
  }

  /** An `http(s)` address. */
  url(name: string): string | null {
    const text = this.text(name);
    if (text === null) return null;
    if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
      throw new UsageError(`--${name} is an address such as http://localhost:8080, not "${text}".`);
    }
    return text.replace(/\/+$/, '');
  }
}

/** Flags that `replay` and `simulate` share. */
export const RUN_FLAGS = {
  speed: { type: 'string' },
  seed: { type: 'string' },
  url: { type: 'string' },
  'database-url': { type: 'string' },
  'crash-at': { type: 'string' },
  policy: { type: 'string' },
  drain: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies Options;

export const RUN_HELP = `  --speed N             replayed time runs N times as fast (default 60)
  --seed S              of the people's behaviour (default 1); timing still differs from run to run
  --url URL             an engine that runs already, signed in to as MUSTER_ADMIN_EMAIL with
                        MUSTER_ADMIN_PASSWORD; its policy is put back at the end, the accounts stay.
                        Without it an engine of our own is started and removed again
  --database-url URL    for our own engine: its database instead of the embedded one; with --url: where to
                        compare. "env" takes DATABASE_URL from the environment
  --policy P            ${POLICY_NAMES.join(', ')} or a file: by what rules people are alerted. default is
                        the one in force; a file holds a whole policy as JSON, as GET /v1/policy shows it
  --crash-at MINUTE     kill -9 our own engine at that replayed minute and start it again
  --drain MINUTES       go on for so long after the end, and once everybody is back after --crash-at, while somebody
                        still waits for help (default 30)
  --json                the last line of output is the report as one JSON object
  --help                this text

Ends with 0 when no slot had two holders, no stream a gap or a repetition, and the database holds what clients
saw and were promised; with 1 otherwise; with 2 when a flag or a file can't be used.`;

export interface RunSettings {
  readonly speed: number;
  readonly seed: number;
  readonly url: string | null;
  readonly databaseUrl: string | null;
  readonly crashAtMinute: number | null;
  readonly policyName: string;
  readonly policy: ChoosePolicy;
  readonly drainMs: number;
  readonly json: boolean;
}

/** The shared flags, checked. */
export function runSettings(
  flags: Flags,
  env: Readonly<Record<string, string | undefined>>,
  minutes: number,
): RunSettings {
  const url = flags.url('url');
  const crashAt = flags.text('crash-at');
  if (url !== null && crashAt !== null) {
    throw new UsageError('--crash-at kills an engine of our own, so it does not go with --url.');
  }
  return {
    speed: flags.number('speed', 60, 0.1, 10_000),
    seed: flags.whole('seed', 1, 0, 2 ** 32 - 1),
    url,
    databaseUrl: databaseUrl(flags, env),
    crashAtMinute: crashAt === null ? null : flags.number('crash-at', null, 0, minutes),
    policyName: flags.text('policy') ?? 'default',
    policy: choosePolicy(flags.text('policy') ?? 'default'),
    drainMs: flags.number('drain', 30, 0, 10_000) * 60_000,
    json: flags.isSet('json'),
  };
}

function databaseUrl(flags: Flags, env: Readonly<Record<string, string | undefined>>): string | null {
  const text = flags.text('database-url');
  const value = text === 'env' ? env.DATABASE_URL : text;
  if (value === null) return null;
  if (!value) throw new UsageError('--database-url env needs DATABASE_URL in the environment.');
  if (!/^postgres(ql)?:\/\//.test(value)) {
    throw new UsageError('--database-url is an address such as postgres://user@host/database.');
  }
  return value;
}
