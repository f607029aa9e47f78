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

Acts marked with * are written to the audit log when they are done; what is refused is written always.

| route | needs |
| --- | --- |
${Object.entries(ROUTES)
  .map(([route, needs]) => `| \`${route}\` | ${words(needs)} |`)
  .join('\n')}

## Messages over the socket

| message | needs |
| --- | --- |
${Object.entries(COMMANDS)
  .map(([kind, needs]) => `| \`${kind}\` | ${needed(needs)} |`)
  .join('\n')}
`;
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
