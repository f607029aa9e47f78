import { expect, test } from 'vitest';
import { demoPlan } from './plan.ts';

const nowMs = Date.UTC(2026, 4, 14, 9, 30);
const plan = (seed: number, patients = 30, days = 28) => demoPlan({ seed, patients, days, nowMs });

test('the same seed makes the same demo, another one other people, and more patients change nobody', () => {
  expect(plan(3)).toEqual(plan(3));
  expect(plan(4).patients[0]).not.toEqual(plan(3).patients[0]);
  expect(plan(3, 5).patients).toEqual(plan(3, 30).patients.slice(0, 5));
});

test('nobody is there twice, and nobody has an address at which somebody could be reached', () => {
  const { admin, nurse, therapist, doctors, volunteers, patients } = plan(1);
  const all = [admin, nurse, therapist, ...doctors, ...volunteers, ...patients.map(({ person }) => person)];
  expect(new Set(all.map(({ email }) => email)).size).toBe(all.length);
  // RFC 2606: nobody can register these.
  expect(all.filter(({ email }) => !email.endsWith('@demo.example'))).toEqual([]);
});

test.each([3, 28, 90])(
  'of %d days everything that was done lies behind, and each day has its vital signs',
  (days) => {
    for (const patient of plan(7, 10, days).patients) {
      const times = [
        ...patient.vitals.map(({ recordedAtMs = 0 }) => recordedAtMs),
        ...patient.medications.flatMap(({ doses }) => doses.map(({ takenAtMs }) => takenAtMs)),
        ...patient.meals.map(({ meal }) => meal.eatenAtMs),
        ...patient.exercise.logs.map(({ completedAtMs }) => completedAtMs),
      ];
      expect(Math.max(...times)).toBeLessThan(nowMs);
      expect(patient.vitals).toHaveLength(days);
    }
  },
);

test('no two visits of one doctor overlap, and none is at a weekend', () => {
  const { doctors, patients } = plan(11);
  const starts = patients.flatMap(({ visits }, index) =>
    visits.map(({ booking }) => `${index % doctors.length} ${booking.startsAtMs}`),
  );
  expect(new Set(starts).size).toBe(starts.length);
  const weekdays = patients.flatMap(({ visits }) =>
    visits.map(({ booking }) => new Date(booking.startsAtMs).getUTCDay()),
  );
  expect(weekdays.filter((day) => day === 0 || day === 6)).toEqual([]);
});

test('vital signs stay where nobody would be alarmed', () => {
  for (const { vitals } of plan(13, 30, 90).patients)
    for (const { heartRateBpm, systolicMmhg, spo2Pct } of vitals) {
      expect(heartRateBpm).toBeGreaterThan(49);
      expect(heartRateBpm).toBeLessThan(111);
      expect(systolicMmhg).toBeLessThan(180);
      expect(spo2Pct).toBeGreaterThan(90);
    }
});
