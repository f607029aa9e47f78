import { describe, expect, test } from 'vitest';
import type { SosView } from '../protocol/down.ts';
import type { AlertLine } from './board.ts';
import { moved, SHORTCUTS, shortcutOf } from './shortcuts.ts';
import { partInSight, SteadyOrder, scrollFor } from './steady-order.ts';
import { alarming, filtersFrom, filterWord, fits, NO_FILTERS, standingOf, workItems } from './work-list.ts';

const sos = (sosId: string, more: Partial<SosView> = {}): SosView => ({
  sosId,
  seq: 1,
  status: 'PENDING',
  emergencyType: 'MEDICAL',
  priority: 'HIGH',
  isDrill: false,
  origin: 'person',
  point: { lat: 1, lng: 2 },
  addressText: null,
  description: null,
  requesterId: null,
  callbackNumber: null,
  acceptedBy: null,
  createdAtMs: 1_000,
  acceptedAtMs: null,
  startedAtMs: null,
  closedAtMs: null,
  slots: [],
  wave: 1,
  radiusM: 500,
  openOffers: 0,
  reserves: 0,
  nextWaveAtMs: null,
  escalationLevel: 0,
  handOff: null,
  ownerId: null,
  holdUntilMs: null,
  mergedInto: null,
  ...more,
});
const alert = (alertId: string, more: Partial<AlertLine> = {}) =>
  ({
    alertId,
    severity: 'CRITICAL',
    state: 'open',
    title: 'Heart rate high',
    condition: 'heart_rate_high',
    escalationLevel: 0,
    openedAtMs: 1_000,
    assignedTo: null,
    sos: { state: 'none', untilMs: null, sosId: null, isAttached: false },
    ...more,
  }) as AlertLine;
const taken = { status: 'ACCEPTED', acceptedBy: 'r' } as const;
const order = (open: SosView[], alerts: AlertLine[] = []) => workItems(open, alerts).map(({ id }) => id);
const nameless = () => null;

describe('the work list', () => {
  test('has first what nobody answers, then priority, the next deadline and age; drills behind everything real', () => {
    const list = [
      sos('drill', { isDrill: true, status: 'ESCALATED', priority: 'CRITICAL' }),
      sos('taken', { ...taken, priority: 'CRITICAL' }),
      sos('old', { createdAtMs: 1 }),
      sos('young', { createdAtMs: 2 }),
      sos('soon', { createdAtMs: 3, nextWaveAtMs: 10 }),
      sos('critical', { priority: 'CRITICAL' }),
      sos('escalated', { priority: 'LOW', status: 'ESCALATED' }),
      sos('climbed', { priority: 'LOW', escalationLevel: 1 }),
    ];
    expect(order(list)).toEqual([
      'climbed',
      'escalated',
      'critical',
      'soon',
      'old',
      'young',
      'taken',
      'drill',
    ]);
  });

  test('has alerts among them, and one that has become an SOS once', () => {
    const opened = { state: 'opened' as const, untilMs: null, sosId: 's', isAttached: false };
    const alerts = [
      alert('of-s', { sos: opened }),
      alert('escalated', { escalationLevel: 2 }),
      alert('seen', { state: 'acknowledged' }),
    ];
    expect(order([sos('s')], alerts)).toEqual(['escalated', 's', 'seen']);
  });

  test.each([
    [{ status: 'ESCALATED' }, 'needs_you'],
    [{ ...taken, handOff: 'needed' }, 'needs_you'],
    [{ status: 'ESCALATED', holdUntilMs: 5 }, 'on_hold'],
    [{}, 'searching'],
    [taken, 'on_the_way'],
    [{ status: 'IN_PROGRESS' }, 'on_scene'],
  ] as const)('%j is %s', (more, standing) => {
    expect(standingOf({ kind: 'sos', id: 's', sos: sos('s', more) })).toBe(standing);
  });

  test('is filtered by how it stands, priority, kind, whose it is and drills, and searched in words and numbers', () => {
    const one = sos('0a-1', {
      ownerId: 'me',
      addressText: 'Market Street 5',
      callbackNumber: '+1 555 0100',
      slots: [{ holderId: 'r' }] as unknown as SosView['slots'],
    });
    const item = { kind: 'sos', id: '0a-1', sos: one } as const;
    const may = (filters: object, search = '') =>
      fits(item, { ...NO_FILTERS, ...filters }, search, 'me', (id) => (id === 'r' ? 'Vera' : null));
    expect([may({}), may({ mine: true }), may({ type: 'MEDICAL', priority: 'HIGH' })]).toEqual([
      true,
      true,
      true,
    ]);
    expect([may({ standing: 'alert' }), may({ priority: 'LOW' }), may({ type: 'FIRE' })]).toEqual([
      false,
      false,
      false,
    ]);
    expect(['market', '5550100', '0A-1', 'vera', 'medical'].map((words) => may({}, words))).toEqual(
      Array(5).fill(true),
    );
    expect(may({}, 'nobody')).toBe(false);
    const drill = { kind: 'sos', id: 'd', sos: sos('d', { isDrill: true }) } as const;
    expect(fits(drill, { ...NO_FILTERS, drills: false }, '', 'me', nameless)).toBe(false);
    const other = { kind: 'alert', id: 'a', alert: alert('a') } as const;
    expect(fits(other, { ...NO_FILTERS, mine: true }, '', 'me', nameless)).toBe(false);
  });

  test('its filters go through the address and back', () => {
    const set = {
      standing: 'searching',
      priority: 'CRITICAL',
      type: 'FIRE',
      mine: true,
      drills: false,
    } as const;
    expect(filtersFrom(filterWord(set))).toEqual(set);
    expect(filterWord(NO_FILTERS)).toBeNull();
    expect(filtersFrom('nonsense.CRITICAL')).toEqual({ ...NO_FILTERS, priority: 'CRITICAL' });
  });

  test('what is critical, real, new and unanswered is heard; nothing else', () => {
    const items = workItems(
      [
        sos('new', { priority: 'CRITICAL' }),
        sos('known', { priority: 'CRITICAL' }),
        sos('drill', { priority: 'CRITICAL', isDrill: true }),
        sos('taken', { ...taken, priority: 'CRITICAL' }),
        sos('high'),
      ],
      [alert('alert')],
    );
    expect(alarming(items, new Set(['known'])).map(({ id }) => id)).toEqual(['alert', 'new']);
  });
});

describe('the order that is shown', () => {
  const row = (id: string, text = '') => ({ id, text });
  const look = ({ rows, waiting }: ReturnType<SteadyOrder<{ id: string; text: string }>['show']>) => [
    rows.map(({ item, isGone }) => `${item.id}${item.text}${isGone ? '†' : ''}`).join(' '),
    waiting,
  ];

  test('stands still while it is held: rows change in place, the gone stay marked, the new wait', () => {
    const order = new SteadyOrder<{ id: string; text: string }>();
    expect(look(order.show([row('a'), row('b')], false))).toEqual(['a b', 0]);
    expect(look(order.show([row('c'), row('b', '!'), row('a')], true))).toEqual(['a b!', 1]);
    expect(look(order.show([row('c'), row('a')], true))).toEqual(['a b!†', 1]);
    expect(look(order.show([row('c'), row('a')], false))).toEqual(['c a', 0]);
  });

  test('of ten thousand rows only those in sight are there, in the room that all would take', () => {
    const part = partInSight(10_000, 70, 70_000, 700);
    expect(part).toEqual({ from: 994, to: 1_016, abovePx: 994 * 70, belowPx: (10_000 - 1_016) * 70 });
    expect(partInSight(3, 70, 0, 700)).toEqual({ from: 0, to: 3, abovePx: 0, belowPx: 0 });
    expect(partInSight(0, 70, 500, 700)).toEqual({ from: 0, to: 0, abovePx: 0, belowPx: 0 });
    expect(partInSight(5, 70, 99_999, 700).to).toBe(5);
  });

  test('a row is scrolled into sight by no more than it takes', () => {
    expect(scrollFor(0, 70, 100, 700)).toBe(0);
    expect(scrollFor(5, 70, 100, 700)).toBeNull();
    expect(scrollFor(20, 70, 100, 700)).toBe(21 * 70 - 700);
  });
});

describe('keys', () => {
  const plain = { ctrlKey: false, metaKey: false, altKey: false, isTyping: false };

  test('do what they say, not with a modifier, and nothing but Escape while somebody types', () => {
    for (const { key, does } of SHORTCUTS) {
      expect(shortcutOf({ ...plain, key })).toBe(does);
      expect(shortcutOf({ ...plain, key, ctrlKey: true })).toBeNull();
      expect(shortcutOf({ ...plain, key, isTyping: true })).toBe(does === 'close' ? 'close' : null);
    }
    expect(shortcutOf({ ...plain, key: 'J' })).toBe('next');
    expect(shortcutOf({ ...plain, key: 'z' })).toBeNull();
  });

  test('go through the list and stop at its ends', () => {
    const ids = ['a', 'b', 'c'];
    expect([moved(ids, null, 1), moved(ids, 'a', 1), moved(ids, 'c', 1)]).toEqual(['a', 'b', 'c']);
    expect([moved(ids, null, -1), moved(ids, 'gone', 1), moved([], null, 1)]).toEqual(['c', 'a', null]);
  });
});
