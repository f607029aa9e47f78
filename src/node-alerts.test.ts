import { expect, test } from 'vitest';
import { ManualClock } from './lib/clock.ts';
import { withAlerts } from './node-alerts.ts';

test('whoever has left the care team is shown in their inbox that there was an alert, not what was measured', async () => {
  const clock = new ManualClock();
  let charges = ['nurse', 'patient'];
  const seen: string[] = [];
  const around = {
    entitlement: {
      prepare: async () => {},
      mayRead: () => true,
      project: (_viewer: unknown, event: unknown) => event,
    },
    snapshots: { snapshotOf: async () => null },
  } as unknown as Parameters<typeof withAlerts>[0];
  const reading = { chargesOf: async () => charges } as unknown as Parameters<typeof withAlerts>[1];
  const access = {
    trail: { saw: (_: unknown, personId: string) => seen.push(personId) },
  } as unknown as Parameters<typeof withAlerts>[2];
  const { entitlement } = withAlerts(around, reading, access, clock);
  const viewer = { userId: 'nurse', isDispatcher: false } as Parameters<typeof entitlement.project>[0];
  const stream = 'inbox:nurse';
  const alert = {
    alertId: 'a',
    personId: 'patient',
    severity: 'HIGH',
    message: 'm',
    detail: {},
    actionTaken: 'x',
  };
  const event = { stream, seq: 1, atMs: 1, actorId: null, type: 'alert.opened', data: { alert } };
  const shown = async () => {
    await entitlement.prepare(stream, 1, [event]);
    return entitlement.project(viewer, event);
  };

  expect(entitlement.project(viewer, event)?.data).not.toHaveProperty('alert.message');
  expect(await shown()).toBe(event);
  expect(seen).toEqual(['patient']);
  charges = ['nurse'];
  clock.advance(5_000);
  expect((await shown())?.data).toEqual({ alert: { alertId: 'a', personId: 'patient', severity: 'HIGH' } });
  expect(seen).toEqual(['patient']);

  // Live: told because they care for the person now, whatever was read before.
  const live = { ...event, atMs: clock.nowMs() };
  clock.advance(60_000);
  expect(entitlement.project(viewer, live)).toBe(live);
});
