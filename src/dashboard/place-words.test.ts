import { expect, test } from 'vitest';
import { coordinatesIn, coordinateText } from './place-words.ts';

test.each([
  ['37.779, -122.419', { lat: 37.779, lng: -122.419 }],
  [' 47.3 8.5 ', { lat: 47.3, lng: 8.5 }],
  ['33.9° S; 18.4° E', { lat: -33.9, lng: 18.4 }],
  ['-1,-2', { lat: -1, lng: -2 }],
])('%j is a point', (text, point) => {
  expect(coordinatesIn(text)).toEqual(point);
});

test.each(['Market Street 5', '91, 0', '10, 181', '10', '', '1, 2, 3'])('%j is none', (text) => {
  expect(coordinatesIn(text)).toBeNull();
});

test('a point in words is the same point again', () => {
  expect(coordinatesIn(coordinateText({ lat: -3.5, lng: 9.25 }))).toEqual({ lat: -3.5, lng: 9.25 });
});
