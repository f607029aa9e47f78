import { expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { dispatchReading, type ReadingOptions } from './reading.ts';
import { Roster } from './roster.ts';

const ADA = { userId: 'ada', skills: [], verified: true, available: true, asOfMs: 1 };

test('whoever is forgotten and known again within one tick is on the map, and whoever is only forgotten is gone', () => {
  const roster = new Roster();
  const marked = new Set<number>();
  roster.onChange((_userId, _where, handle) => marked.add(handle));
  const options = { dispatch: { roster }, clock: new ManualClock() } as unknown as ReadingOptions;
  const rows = () => dispatchReading(options).responderRows(marked);
  roster.setTraits(ADA);
  roster.moved('ada', { lat: 1, lng: 2 }, 1);
  roster.forget('ada');
  expect(rows()).toEqual({ responders: [], gone: ['ada'] });
  roster.setTraits(ADA);
  roster.moved('ada', { lat: 3, lng: 4 }, 2);
  const { responders, gone } = rows();
  expect([responders.map((row) => row.slice(0, 3)), gone]).toEqual([[['ada', 3, 4]], []]);
});
