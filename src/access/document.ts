import { ACTIONS, COMMANDS, type Door, OWN_DEVICE, PUBLIC, ROUTES } from './doors.ts';
import { MATRIX, type Resource } from './matrix.ts';
import { may, waysOf } from './may.ts';
import { GRANTS, RELATIONS, type Relation } from './words.ts';

const NONE = 'none';
const COLUMNS = [NONE, ...(Object.keys(RELATIONS) as Relation[])] as const;
const ROWS = [NONE, ...GRANTS] as const;

export interface Cell {
  readonly resource: Resource;
  readonly action: string;
  readonly grant: (typeof ROWS)[number];
  readonly relation: (typeof COLUMNS)[number];
}

/** Every cell: resource × action × grant × relation, with `none` for having neither. */
export function cells(): Cell[] {
  return ACTIONS.flatMap((one) =>
    ROWS.flatMap((grant) => COLUMNS.map((relation) => ({ ...one, grant, relation }))),
  );
}

/** Asks the matrix about one cell. */
export function isAllowed({ resource, action, grant, relation }: Cell): boolean {
  const subject = { grants: grant === NONE ? [] : [grant] };
  return may(subject, action as never, resource, relation === NONE ? [] : [relation]).allowed;
}

/** The whole matrix as text: a line per action and grant, a letter per relation; for comparing with a kept copy. */
export function cellsText(): string {
  const head = `# ${COLUMNS.join(' ')}`;
  const lines = ACTIONS.flatMap(({ resource, action }) =>
    ROWS.map((grant) => {
      const marks = COLUMNS.map((relation) => (isAllowed({ resource, action, grant, relation }) ? 'x' : '.'));
      return `${marks.join('')} ${resource}.${action} ${grant}`;
    }),
  );
  return `${[head, ...lines].join('\n')}\n`;
}

const AUDIT = `## The audit log

\`accounts.audit_log\` holds acts of administrators and dispatchers, refusals, and who was shown whose exact position or
record: once per viewer, subject, SOS, purpose and minute, however often a live feed repeats it; on the map of everybody,
which stays open all day, a person counts once per viewer and quarter of an hour. Those who come into sight of a dispatcher within a
second, on the map or in SOS, are one row with the ids of up to 500 people (\`subject_user_ids\`) and the SOS of each (\`resource_ids\`), who each
find it like one of their own and learn of the others how many they were. Whoever comes without a good token, over HTTP or on a
socket, is one row per address, door, reason and minute with how often it was, at most 500 a minute; nothing of what they showed is kept. A person sees what was
shown of them at \`GET /v1/me/disclosures\`, of one SOS of theirs at \`GET /v1/sos/:id/disclosures\`, administrators see all of it at
\`GET /v1/audit\`, and whom an entry is about at \`GET /v1/audit/:id/people\`.

**It can't be changed unnoticed.** The role of the application may only add to it and read it. Triggers refuse UPDATE and
TRUNCATE to everybody, and DELETE of anything younger than six years; older rows leave from the beginning of their chain,
which then remembers the hash it goes on from and how old the newest of them was. Each
row carries the SHA-256 of its columns and of the hash before it. There is one chain per run of a node, so no two writers
wait for each other; \`accounts.audit_chains\` says how far each goes, and the first row of a chain names the newest row of
all others. \`muster audit verify\` reads everything and names the first broken row. Whoever may rewrite both tables from
some row to the end leaves no trace in them; against that keep the output of a daily run of it elsewhere.

**It slows nothing.** Entries are taken in after the fact and written in batches by one writer. While the database is away
they wait in memory, at most 100,000 of them, each person of an entry counted, and apart from these, to leave the room to acts, as many entries about
sights, of at most 500,000 people; a batch whose outcome is unknown is sent again as it was. At nine tenths
full, acts that have to be on record are refused with \`busy\`; an SOS, its offers and its chat never are. An entry that
finds no room goes to the log of the node with its actor and action (\`audit_queue_full_total\`), and the chain says
afterwards how many did; sights without room are counted there by viewer (\`audit_sights_overflow_total\`). What waits in memory when a process is killed is lost: at most two tenths of a second of refusals and of
sights while the database answers, of what dispatchers saw about a second, and of callers without a good token the minute that has not ended. What was done to an SOS is in its event log in any case.

**Breaking the glass** (\`POST /v1/break-glass\`) opens what is marked \`break_glass\` for 15 minutes. It writes a row, raises
the alarm BREAK_GLASS, is shown to the person concerned, and is listed at \`GET /v1/break-glass\`. Whoever looks at more
people in an hour than MUSTER_UNUSUAL_SUBJECTS_PER_HOUR, outside dispatch, raises the alarm UNUSUAL_READING.
`;

/** The page docs/access.md. */
export function accessDocument(): string {
  return `# Who may do what

This page is printed from \`src/access/matrix.ts\` by \`npm run docs\`; a test fails when they differ. What is not
written here is refused. Grants and relations count as they are at the moment of asking.

A way in is a grant (\`dispatcher\`), a relation (\`holder\`), both together (\`professional+care_team\`), or
\`signed_in\` for everybody who is.

## Grants

${GRANTS.map((grant) => `\`${grant}\``).join(', ')}.

## Relations

| relation | when |
| --- | --- |
${Object.entries(RELATIONS)
  .map(([name, when]) => `| \`${name}\` | ${when} |`)
  .join('\n')}

## The matrix

| resource | action | ways in |
| --- | --- | --- |
${ACTIONS.map(matrixRow).join('\n')}

${(Object.keys(MATRIX) as Resource[]).map((name) => `- \`${name}\`: ${MATRIX[name].about}`).join('\n')}

## Routes

Acts marked with * are written to the audit log when they are done; what is refused is written always, once per
actor, action and minute.

| route | needs |
| --- | --- |
${Object.entries(ROUTES)
  .map(([route, needs]) => `| \`${route}\` | ${words(needs)} |`)
  .join('\n')}

## Messages over the socket

Acts marked with * are written when a dispatcher does them.

| message | needs |
| --- | --- |
${Object.entries(COMMANDS)
  .map(([kind, needs]) => `| \`${kind}\` | ${needed(needs)} |`)
  .join('\n')}

${AUDIT}`;
}

function matrixRow({ resource, action }: { resource: Resource; action: string }): string {
  const ways = waysOf(resource, action).map((way) => `\`${way}\``);
  return `| \`${resource}\` | ${action} | ${ways.join(', ')} |`;
}

function words(needs: (typeof ROUTES)[string]): string {
  if (needs === PUBLIC) return 'nothing';
  return needs === OWN_DEVICE ? 'the credential of the device itself' : needed(needs);
}

function needed({ resource, action, audited }: Door): string {
  return `\`${resource}\` ${action}${audited ? ' *' : ''}`;
}
