import { expect, test } from 'vitest';
import { ROUTES } from './doors.ts';
import { PUT_OFF_FROM } from './put-off.ts';

test('every route that is put off exists', () => {
  for (const route of Object.keys(PUT_OFF_FROM)) expect(ROUTES).toHaveProperty([route]);
});

test('nothing that an SOS, an alert or signing in needs is ever put off', () => {
  const needed = Object.keys(ROUTES).filter((route) =>
    /^(post|put|patch|del) \/v1\/(sessions|setup|devices|apps|alerts|broadcasts|shifts|responders|people\/names)|\/(alerts|helpers|hand-offs|health|healthz|readyz|metrics|nearest|duty)(\/|$)|^get \/v1\/sos\/:id(\/timeline)?$/.test(
      route,
    ),
  );
  expect(needed.length).toBeGreaterThan(30);
  expect(needed.filter((route) => route in PUT_OFF_FROM)).toEqual([]);
});
