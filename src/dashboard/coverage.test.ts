import { latLngToCell } from 'h3-js';
import { expect, test } from 'vitest';
import { cellsIn, countAvailable, outlineOf, resolutionAt } from './coverage.ts';
import { Fleet } from './fleet.ts';
import { linesOf } from './lines.ts';

test('cells grow smaller as the map grows larger', () => {
  const zooms = [2, 4, 6, 8, 10, 12, 14, 18].map((zoom) => resolutionAt(zoom, 48));
  expect(zooms).toEqual([...zooms].sort((a, b) => a - b));
  expect(new Set(zooms).size).toBeGreaterThan(5);
});

test('a part of the map has the cells that lie in it, the whole world none', () => {
  const cells = cellsIn({ west: 16.2, south: 48.1, east: 16.5, north: 48.3 }, 7);
  expect(cells).toContain(latLngToCell(48.2, 16.35, 7));
  expect(cells).toContain(latLngToCell(48.1, 16.2, 7));
  expect(cellsIn({ west: -180, south: -85, east: 180, north: 85 }, 0)).toEqual([]);
  const outline = outlineOf(cells[0] ?? '');
  expect(outline[0]).toEqual(outline.at(-1));
});

test('who is available is counted by cell, in slices; who is not is not', () => {
  const fleet = new Fleet();
  for (let i = 0; i < 25; i += 1)
    fleet.place({ id: `r${i}`, lat: 48.2, lng: 16.35, flags: i < 20 ? 15 : 13, fixAtMs: 0 }, 0);
  const counting = countAvailable(fleet, 7, 5);
  let slices = 0;
  let step = counting.next();
  for (; !step.done; step = counting.next()) slices += 1;
  expect(slices).toBe(4);
  expect([...(step.value ?? [])]).toEqual([[latLngToCell(48.2, 16.35, 7), 20]]);
});

test('lines lead from whoever was asked or comes', () => {
  const slot = {
    slot: 1,
    role: 'PRIMARY',
    behind: null,
    holderId: 'b',
    heldAtMs: 1,
    departedAtMs: null,
    arrivedAtMs: null,
  };
  const sos = {
    sosId: 's',
    point: { lat: 0, lng: 0 },
    asked: [['offer', 'a']],
    slots: [
      slot,
      { ...slot, holderId: null },
      { ...slot, holderId: 'c', departedAtMs: 2 },
      { ...slot, holderId: 'd', departedAtMs: 2, arrivedAtMs: 3 },
    ],
  };
  const lines = linesOf([sos] as unknown as Parameters<typeof linesOf>[0]);
  expect(lines.map(({ responderId, what }) => [responderId, what])).toEqual([
    ['a', 'asked'],
    ['b', 'accepted'],
    ['c', 'under_way'],
    ['d', 'there'],
  ]);
  expect(lines[0]?.to).toEqual({ x: 0.5, y: 0.5 });
});
