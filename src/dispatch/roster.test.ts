import { expect, test } from 'vitest';
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
