import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { GRANTS as GIVEN } from '../accounts/types.ts';
import { packageRoot } from '../lib/package-root.ts';
import { UP } from '../protocol/up.ts';
import { accessDocument, cells, cellsText, isAllowed } from './document.ts';
import { ACTIONS, COMMANDS, ROUTES } from './doors.ts';
import { may, waysOf } from './may.ts';
import { GRANTS, RELATIONS } from './words.ts';

const kept = readFileSync(new URL('src/access/matrix.cells.txt', packageRoot), 'utf8');

/** The reviewed copy, read without the code that it is compared with. */
const reviewed = new Map(
  kept
    .split('\n')
    .slice(1, -1)
    .flatMap((line) => {
      const [marks = '', what = '', grant = ''] = line.split(' ');
      const relations = kept.slice(2, kept.indexOf('\n')).split(' ');
      return relations.map((relation, i) => [`${what} ${grant} ${relation}`, marks[i] === 'x'] as const);
    }),
);

test('docs/access.md is what the matrix says now; npm run docs writes it', () => {
  expect(readFileSync(new URL('docs/access.md', packageRoot), 'utf8')).toBe(accessDocument());
});

test('the reviewed copy holds every cell and no other; npm run docs writes it, a person reads the difference', () => {
  expect(kept).toBe(cellsText());
  expect(reviewed.size).toBe(everyCell.length);
});

const everyCell = cells();

describe.each(ACTIONS)('$resource $action', ({ resource, action }) => {
  test.each(everyCell.filter((cell) => cell.resource === resource && cell.action === action))(
    'with the grant $grant and the relation $relation',
    (cell) => {
      const expected = reviewed.get(`${resource}.${action} ${cell.grant} ${cell.relation}`);
      expect(expected).toBeTypeOf('boolean');
      expect(isAllowed(cell)).toBe(expected);
    },
  );
});

describe('the matrix', () => {
  test('refuses what it does not name', () => {
    expect(may({ grants: GRANTS }, 'shout' as never, 'sos').allowed).toBe(false);
    expect(may({ grants: GRANTS }, 'toString' as never, 'sos').allowed).toBe(false);
    expect(may({ grants: ['superuser', 'signed_in'] }, 'read', 'audit_log')).toEqual({
      allowed: false,
      because: 'no_way_in',
    });
  });

  test('says by which way', () => {
    expect(may({ grants: ['dispatcher'] }, 'read', 'sos', ['requester']).because).toBe('requester');
    expect(may({ grants: ['professional'] }, 'read', 'patient', ['care_team']).because).toBe(
      'professional+care_team',
    );
    expect(may({ grants: ['patient'] }, 'read', 'patient', ['care_team']).allowed).toBe(false);
  });

  test('lets a grant or a relation more never take anything away', () => {
    for (const cell of cells().filter(isAllowed)) {
      const all = may(
        { grants: GRANTS },
        cell.action as never,
        cell.resource,
        Object.keys(RELATIONS) as never,
      );
      expect(all.allowed, `${cell.resource} ${cell.action}`).toBe(true);
    }
  });

  test('opens nothing but a call for help and what is about nobody to somebody with neither grant nor relation', () => {
    const open = ACTIONS.filter(({ resource, action }) => waysOf(resource, action).includes('signed_in'));
    expect(open).toEqual([
      { resource: 'sos', action: 'create' },
      { resource: 'schedule', action: 'read' },
      { resource: 'catalogue', action: 'read' },
      { resource: 'hospital', action: 'read' },
      { resource: 'hospital_fact', action: 'read' },
    ]);
  });

  test('opens health records neither to administrators nor to dispatchers', () => {
    expect(may({ grants: ['admin', 'dispatcher'] }, 'read', 'patient').allowed).toBe(false);
  });

  test('knows every grant that can be given', () => {
    expect(GIVEN.filter((grant) => !GRANTS.some((known) => known === grant))).toEqual([]);
  });

  test('has only doors that lead to one of its cells', () => {
    for (const door of [...Object.values(ROUTES), ...Object.values(COMMANDS)]) {
      if (typeof door === 'string') continue;
      expect(waysOf(door.resource, door.action)).not.toEqual([]);
    }
  });

  test('has a row for everything that a socket can ask for', () => {
    // Who may follow a stream depends on the stream; the rest are part of being connected.
    const ofConnection = ['hello', 'hb', 'sub', 'unsub', 'untail', 'renew'];
    expect(Object.keys(UP).filter((kind) => !(kind in COMMANDS) && !ofConnection.includes(kind))).toEqual([]);
  });
});
