import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { AuditLog } from './accounts/audit.ts';
import { type Operator, type OperatorRefusal, openOperator } from './accounts/operator.ts';
import { openPasswords } from './accounts/passwords.ts';
import { GRANTS, type Grant } from './accounts/types.ts';
import { type Config, readEnv, toConfig } from './config.ts';
import { systemClock } from './lib/clock.ts';
import { uuidV7Maker } from './lib/ids.ts';
import { silentLogger } from './lib/log.ts';
import { noMetrics } from './lib/metric.ts';
import type { Result } from './lib/result.ts';
import { openStore } from './store/open-store.ts';

const USAGE = `muster user: accounts, straight on the database

  list                                     everybody: id, e-mail, status, grants
  create --email E --name N [--grant G]…   a new account; the password is read from MUSTER_NEW_PASSWORD or from stdin
  grant E G, revoke E G                    give and take a grant: ${GRANTS.join(', ')}
  suspend E, reactivate E                  close and reopen an account
  export E                                 everything kept about somebody, as JSON
  erase E --yes                            make somebody nobody; incidents keep their timelines

The database is the one of DATABASE_URL, else the embedded one in MUSTER_DATA_DIR, whose node must not run meanwhile.
Exit code 0: done. 1: refused. 2: wrong use.
`;

const REFUSALS: Record<OperatorRefusal, string> = {
  email_taken: 'There is an account with this e-mail address already.',
  not_found: 'There is no account with this e-mail address.',
  last_admin: 'This is the last administrator: make another one first.',
  bad_request: 'This can not be done like that.',
  busy: 'Too many passwords are being hashed; try again.',
  in_sos: 'They are in an open SOS: close it, or let them withdraw from it, first.',
};

const PASSWORD_MIN = 8;
const PAGE = 500;

class UsageError extends Error {}

/** `muster user …`. The answer is the exit code. Every act is on record in the audit log, by nobody's account. */
export async function userCommand(argv: readonly string[]): Promise<number> {
  if (argv.length === 0 || argv.includes('--help')) {
    (argv.length === 0 ? process.stderr : process.stdout).write(USAGE);
    return argv.length === 0 ? 2 : 0;
  }
  const configured = toConfig(readEnv(process.env));
  if (!configured.ok) {
    process.stderr.write(`${configured.problems.join('\n')}\n`);
    return 2;
  }
  try {
    const act = parse(argv);
    return await onDatabase(configured.config, act);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'failed'}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

interface Act {
  readonly action: string;
  readonly run: (operator: Operator) => Promise<Result<{ userId?: string }, OperatorRefusal>>;
}

async function onDatabase(config: Config, act: Act): Promise<number> {
  const common = { clock: systemClock, log: silentLogger, metrics: noMetrics };
  const newId = uuidV7Maker(systemClock.nowMs, Math.random);
  const stores = await openStore({ ...config, ...common });
  try {
    const passwords = await openPasswords(common);
    const audit = new AuditLog({ ...common, db: stores.db, newId });
    const done = await act.run(openOperator({ db: stores.db, newId, passwords }));
    if (act.action !== 'list') {
      audit.record({
        actorId: null,
        grants: ['operator'],
        action: act.action,
        resourceKind: 'account',
        subjectUserId: done.ok ? (done.value.userId ?? null) : null,
        purpose: 'administration',
        outcome: done.ok ? 'allowed' : 'refused',
        reason: done.ok ? null : done.code,
      });
    }
    await audit.stop();
    if (!done.ok) process.stderr.write(`${REFUSALS[done.code]}${done.detail ? ` ${done.detail}` : ''}\n`);
    return done.ok ? 0 : 1;
  } finally {
    await stores.close();
  }
}

function parse(argv: readonly string[]): Act {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      email: { type: 'string' },
      name: { type: 'string' },
      grant: { type: 'string', multiple: true },
      yes: { type: 'boolean' },
    },
  });
  const [action = '', email = '', grant = ''] = positionals;
  switch (action) {
    case 'list':
      return { action, run: list };
    case 'create':
      return { action, run: (operator) => create(operator, values) };
    case 'grant':
    case 'revoke':
      return {
        action,
        run: (o) => o.setGrant(needed(email, 'an e-mail address'), grantOf(grant), action === 'grant'),
      };
    case 'suspend':
    case 'reactivate':
      return { action, run: (o) => o.setSuspended(needed(email, 'an e-mail address'), action === 'suspend') };
    case 'export':
      return { action, run: (operator) => printExport(operator, needed(email, 'an e-mail address')) };
    case 'erase':
      if (!values.yes) throw new UsageError('Erasing can not be taken back: say --yes.');
      return { action, run: (operator) => operator.erase(needed(email, 'an e-mail address')) };
    default:
      throw new UsageError(`muster user has no "${action}": see muster user --help.`);
  }
}

async function list(operator: Operator): ReturnType<Act['run']> {
  let after: string | null = null;
  for (;;) {
    const page: Awaited<ReturnType<Operator['list']>> = await operator.list(after, PAGE);
    for (const { id, email, status, grants } of page) {
      process.stdout.write(`${id}  ${status.padEnd(11)}  ${email}  ${grants.join(',')}\n`);
    }
    const last = page.at(-1);
    if (!last || page.length < PAGE) return { ok: true, value: {} };
    after = last.id;
  }
}

async function create(
  operator: Operator,
  values: { email?: string | undefined; name?: string | undefined; grant?: string[] | undefined },
): ReturnType<Act['run']> {
  const email = needed(values.email, '--email');
  const name = needed(values.name, '--name');
  const grants = (values.grant ?? []).map(grantOf);
  const password = process.env.MUSTER_NEW_PASSWORD ?? (await firstLineOfInput());
  if (password.length < PASSWORD_MIN)
    throw new UsageError(`A password has at least ${PASSWORD_MIN} characters.`);
  const created = await operator.create({ email, name, password, grants });
  if (created.ok) process.stdout.write(`${created.value.userId}\n`);
  return created;
}

async function printExport(operator: Operator, email: string): ReturnType<Act['run']> {
  const exported = await operator.exportOne(email, systemClock.nowMs());
  if (exported.ok) {
    for await (const piece of exported.value.pieces) {
      if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
    }
  }
  return exported;
}

function needed(value: string | undefined, what: string): string {
  if (!value) throw new UsageError(`${what} is needed: see muster user --help.`);
  return value;
}

function grantOf(text: string): Grant {
  const grant = GRANTS.find((known) => known === text);
  if (!grant) throw new UsageError(`"${text}" is no grant; there are ${GRANTS.join(', ')}.`);
  return grant;
}

async function firstLineOfInput(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  return text.split('\n', 1)[0] ?? '';
}
