import { expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { writeUuid } from '../lib/ids.ts';
import { seededRandom } from '../lib/random.ts';
import type { PresenceRow, PresenceRows } from './elsewhere.ts';
import { Roster } from './roster.ts';
import { DEFAULT_RULE } from './rule.ts';

const VOLUNTEER = { userId: 'ada', skills: ['CPR'], verified: true, available: true, asOfMs: 1 };
const reason = (roster: Roster) => roster.reasonAgainst('ada', { skills: ['CPR'], rule: DEFAULT_RULE }, 0);

test('who holds a slot before they are known to offer help is busy once they are', () => {
  const roster = new Roster();
  roster.connected('ada');
  roster.holds('ada', 'sos-1');
  roster.setTraits(VOLUNTEER);
  roster.moved('ada', { lat: 0, lng: 0 }, 0);
  expect([roster.holding('ada'), reason(roster)]).toEqual(['sos-1', 'busy']);
  roster.released('ada', 'sos-1');
  expect([roster.holding('ada'), reason(roster)]).toEqual([null, null]);
});

test('being released of one SOS does not release from the next', () => {
  const roster = new Roster();
  roster.setTraits(VOLUNTEER);
  roster.holds('ada', 'sos-1');
  roster.holds('ada', 'sos-2');
  roster.released('ada', 'sos-1');
  expect(roster.holding('ada')).toBe('sos-2');
});

test('a handle stands for one person only, however they change, and still names whoever was erased', () => {
  const roster = new Roster();
  const told: number[] = [];
  roster.onChange((_userId, _where, handle) => told.push(handle));
  roster.setTraits(VOLUNTEER);
  roster.setTraits({ ...VOLUNTEER, userId: 'bob' });
  roster.alerted('ada', 5);
  roster.moved('ada', { lat: 1, lng: 2 }, 3);
  const [ada = -1, bob = -1] = roster.handles();
  expect([...new Set(told)]).toEqual([ada, bob]);
  expect(roster.at(ada)).toBe(roster.get('ada'));
  expect(roster.at(ada)).toMatchObject({ alertedAtMs: 5, point: { lat: 1, lng: 2 } });
  roster.forget('ada');
  roster.setTraits(VOLUNTEER);
  expect([roster.at(ada), roster.idAt(ada), told.at(-1)]).toEqual([undefined, 'ada', 2]);
  expect([...roster.handles()]).toEqual([bob, 2]);
});

test('what other nodes said of somebody before they were known to offer help counts once they are, until those go', () => {
  const roster = new Roster();
  const row = { userId: 'ada', version: 1, connections: 1, point: null, locatedAtMs: null };
  roster.placeElsewhere('node-1', row);
  roster.placeElsewhere('node-2', row);
  roster.setTraits(VOLUNTEER);
  expect(roster.get('ada')?.connections).toBe(2);
  roster.dropNode('node-1');
  roster.dropNode('node-2');
  expect(roster.get('ada')?.connections).toBe(0);
  roster.placeElsewhere('node-1', { ...row, version: 2 });
  expect(roster.get('ada')?.connections).toBe(1);
  roster.placeElsewhere('node-1', row);
  expect(roster.get('ada')?.connections).toBe(1);
});

/** As another node's message has them. */
function columnsOf(rows: readonly PresenceRow[]): PresenceRows {
  const row = (i: number) => must(rows[i], 'a row');
  const number = (value: number | null | undefined) => value ?? Number.NaN;
  return {
    handleAt: (i, handles) => {
      const bytes = Buffer.alloc(16);
      writeUuid(row(i).userId, bytes, 0);
      return handles.get(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0);
    },
    versionAt: (i) => row(i).version,
    connectionsAt: (i) => row(i).connections,
    latAt: (i) => number(row(i).point?.lat),
    lngAt: (i) => number(row(i).point?.lng),
    locatedAtMsAt: (i) => number(row(i).locatedAtMs),
    at: (i) => rows[i],
  };
}

test('rows that come by the thousand say the same as each by itself', () => {
  const [one, many] = [new Roster(), new Roster()];
  const uuidOf = (n: number) => `0197a000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
  const random = seededRandom(11);
  const whole = (below: number) => Math.floor(random() * below);
  for (const roster of [one, many])
    for (let n = 0; n < 4; n++) roster.setTraits({ ...VOLUNTEER, userId: uuidOf(n) });
  const rows = Array.from({ length: 500 }, () => ({
    // The last ones offer no help.
    userId: uuidOf(whole(6)),
    version: whole(60),
    connections: whole(3),
    ...(whole(4) === 0
      ? { point: null, locatedAtMs: null }
      : { point: { lat: random(), lng: random() }, locatedAtMs: whole(400) }),
  }));
  const packed = columnsOf(rows);
  for (const [i, row] of rows.entries()) {
    const nodeId = `node-${i % 3}`;
    one.placeElsewhere(nodeId, row);
    many.takeElsewhere(nodeId, packed, i);
  }
  many.dropNode('node-1');
  one.dropNode('node-1');
  const told = (roster: Roster) =>
    [0, 1, 2, 3].map((n) => {
      const { point, locatedAtMs, connections } = roster.get(uuidOf(n)) ?? {};
      return { point, locatedAtMs, connections, indexed: roster.index.positionOf(uuidOf(n)) };
    });
  expect(told(many)).toEqual(told(one));
  expect(told(many).every(({ point, connections }) => point && connections !== undefined)).toBe(true);
});

test('who was erased is known no more, found no more, and dashboards are told', () => {
  const roster = new Roster();
  const told: string[] = [];
  roster.setTraits(VOLUNTEER);
  roster.moved('ada', { lat: 0, lng: 0 }, 0);
  roster.onChange((userId) => told.push(userId));
  roster.forget('ada');
  roster.forget('nobody');
  expect([roster.get('ada'), roster.index.slotOf('ada'), told]).toEqual([undefined, undefined, ['ada']]);
  roster.disconnected('ada');
  expect(roster.size).toBe(0);
});

test('who took the next SOS before it was heard that they had left the one before is busy', () => {
  const roster = new Roster();
  roster.setTraits(VOLUNTEER);
  roster.connected('ada');
  roster.holds('ada', 'next');
  roster.holds('ada', 'before');
  roster.holds('ada', 'next');
  roster.released('ada', 'before');
  expect([roster.holding('ada'), roster.get('ada')?.holds, reason(roster)]).toEqual(['next', 'next', 'busy']);
  roster.released('ada', 'before');
  roster.released('ada', 'next');
  expect([roster.holding('ada'), roster.get('ada')?.holds]).toEqual([null, null]);
});

test('a drill makes nobody busy for a real SOS, but for another drill', () => {
  const roster = new Roster();
  roster.setTraits(VOLUNTEER);
  roster.connected('ada');
  roster.moved('ada', { lat: 0, lng: 0 }, 0);
  roster.holds('ada', 'drill-1', true);
  expect([reason(roster), roster.holding('ada'), roster.holding('ada', true)]).toEqual([
    null,
    null,
    'drill-1',
  ]);
  roster.released('ada', 'drill-1');
  expect(roster.holding('ada', true)).toBeNull();
});
