import { expect, test } from 'vitest';
import { messageOf, titleOf, UNANSWERED } from './words.ts';

test.each([
  ['heart_rate_high', 'Heart rate is too high'],
  ['spo2_low', 'Oxygen saturation is too low'],
  ['no_data_heart_rate', 'No data any more: Heart rate'],
  ['implausible_temperature', 'Implausible values: Temperature'],
  ['news2_high', 'NEWS2 is high'],
  ['left_home', 'Left home'],
])('%s is called "%s", without any value', (condition, title) => {
  expect(titleOf(condition)).toBe(title);
});

test.each([
  [
    'spo2_low',
    { vital: 'spo2Pct', value: 84, limit: 91, isSure: true },
    'Oxygen saturation is too low: oxygen saturation 84 %, the limit is 91.',
  ],
  ['news2_high', { total: 8, atLeast: 8 }, 'NEWS2 is high: 8 points.'],
  ['news2_high', { total: null, atLeast: 7 }, 'NEWS2 is high: at least 7 points, not all is known.'],
  ['fall', { late: true }, 'A fall was detected. It was sent late: it says how it was, not how it is.'],
  ['left_home', {}, 'Left home.'],
])('of %s the message says what was seen', (condition, detail, message) => {
  expect(messageOf({ condition, detail })).toBe(message);
});

test('what goes outside says that there is an alert, and nothing of it', () => {
  expect(`${UNANSWERED.subject} ${UNANSWERED.body}`).not.toMatch(/\d|heart|NEWS|fall|SOS/i);
});
