import { describe, expect, test } from 'vitest';
import { mapLinks, placeText, readPlace } from './places.ts';

const ZURICH = { lat: 47.3769, lng: 8.5417 };

test.each([
  '47.3769, 8.5417',
  ' 47.3769 8.5417 ',
  '47.3769;8.5417',
  '47,3769; 8,5417',
  '47,3769 8,5417',
  'geo:47.3769,8.5417?z=17',
  'geo:47.3769,8.5417;u=35',
  'https://www.google.com/maps?q=47.3769,8.5417',
  'https://www.google.com/maps/@47.3769,8.5417,17z',
  'https://maps.apple.com/?ll=47.3769,8.5417&q=Dropped',
  'https://maps.apple.com/?ll=47.3769%2C8.5417',
  'https://www.openstreetmap.org/#map=17/47.3769/8.5417',
])('%s is a place', (typed) => {
  expect(readPlace(typed)).toEqual(ZURICH);
});

test.each([
  '',
  'Main Street 5',
  '91, 8',
  '47.3, 181',
  '47',
  'https://example.org/47.3769,8.5',
  'geo:x,y',
  '%',
])('%j is none', (typed) => {
  expect(readPlace(typed)).toBeNull();
});

test('south and west are read too, and a place is written so that it can be read', () => {
  expect(readPlace('-33.8568, -151.2153')).toEqual({ lat: -33.8568, lng: -151.2153 });
  expect(readPlace(placeText(ZURICH))).toEqual(ZURICH);
});

describe('maps open', () => {
  const programs = (agent: string) => mapLinks(ZURICH, agent).map(({ program }) => program);

  test('in what the device has', () => {
    expect(programs('Mozilla/5.0 (Linux; Android 14)')).toEqual(['device', 'osm']);
    expect(programs('Mozilla/5.0 (iPhone; CPU iPhone OS 17_0)')).toEqual(['apple', 'osm']);
    expect(programs('Mozilla/5.0 (X11; Linux x86_64)')).toEqual(['osm', 'apple']);
  });

  test('at the place', () => {
    const [android] = mapLinks(ZURICH, 'Android');
    expect(android?.href).toBe('geo:47.376900,8.541700?q=47.376900,8.541700');
    expect(
      mapLinks(ZURICH, '').map(({ href }) => readPlace(decodeURIComponent(href).replace(/to=/, 'q='))),
    ).toEqual([ZURICH, ZURICH]);
  });
});
