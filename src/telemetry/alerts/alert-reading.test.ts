import { describe, expect, test } from 'vitest';
import type { Relation } from '../../access/words.ts';
import { ManualClock } from '../../lib/clock.ts';
import { MemoryAlertStore } from '../../testing/telemetry/memory-alert-store.ts';
import type { Severity } from '../vitals/finding.ts';
import { alertReading } from './alert-reading.ts';
import { assign, found, resolve } from './machine.ts';
import { ALERT_DEFAULTS as settings } from './settings.ts';
import { stepOf } from './step.ts';

const audience = { userId: null, careTeam: [], dispatchers: [], reach: [] };
const everything = { personId: null, isOpen: null, severities: null, before: null, limit: 50 };
const by = (userId: string, ...grants: string[]) => ({ userId, grants });

/** `nurse` cares for `patient`, whose patient record is `record`; `glass` has broken it. */
class Ward {
  readonly store = new MemoryAlertStore(new ManualClock());
  readonly reading = alertReading({
    store: this.store,
    people: {
      person: async (id) =>
        id === 'nobody'
          ? null
          : { personId: id === 'record' ? 'patient' : id, userId: id, patientId: null, dateOfBirth: null },
      relations: async (viewer, { personId }): Promise<Relation[]> => {
        if (viewer === personId) return ['self'];
        if (viewer === 'nurse' && personId === 'patient') return ['care_team'];
        return viewer === 'glass' ? ['break_glass'] : [];
      },
      careTeam: async () => [],
    },
    charges: async (userId) => (userId === 'nurse' ? ['patient'] : []),
  });
  #ids = 0;

  /** The answer is its id; ids rise. */
  async alert(personId: string, condition: string, severity: Severity): Promise<string> {
    this.#ids += 1;
    const alertId = `a${this.#ids}`;
    const finding = {
      personId,
      condition,
      severity,
      type: 'vital',
      state: 'holds',
      atMs: 1,
      detail: {},
    } as const;
    const batch = { batchId: alertId, personId, steps: [stepOf(finding)] };
    await this.store.take(batch, audience, null, (open, step, around) =>
      found(open, step, { newId: () => alertId, personId }, { ...around, settings }),
    );
    return alertId;
  }

  async ids(asking: ReturnType<typeof by>, asked: Partial<typeof everything> | object = {}) {
    const page = await this.reading.list(asking, { ...everything, ...asked });
    return page.ok ? page.value.alerts.map(({ alertId }) => alertId) : page.code;
  }
}

describe('a list of alerts', () => {
  const ward = async () => {
    const here = new Ward();
    await here.alert('patient', 'heart_rate_high', 'HIGH');
    await here.alert('stranger', 'spo2_low', 'LOW');
    await here.alert('stranger', 'fall', 'CRITICAL');
    await here.alert('nurse', 'heart_rate_high', 'MEDIUM');
    return here;
  };

  test('holds those of whom one cares for, and one’s own', async () => {
    const here = await ward();
    expect(await here.ids(by('nurse'))).toEqual(['a4', 'a1']);
    expect(await here.ids(by('patient'))).toEqual(['a1']);
    expect(await here.ids(by('nobody in particular'))).toEqual([]);
  });

  test('holds for dispatchers what they were told, without what was measured', async () => {
    const here = await ward();
    const page = await here.reading.list(by('desk', 'dispatcher'), everything);
    expect(page).toMatchObject({ ok: true, value: { alerts: [{ alertId: 'a3', severity: 'CRITICAL' }] } });
    expect(page.ok && page.value.alerts[0]).not.toHaveProperty('message');
  });

  test('holds what was assigned to somebody, coarse where they do not care for the person', async () => {
    const here = await ward();
    await here.store.change(null, 'a2', audience, (alert, nowMs) => assign(alert, 'x', 'desk', nowMs));
    const page = await here.reading.list(by('desk'), everything);
    expect(page).toMatchObject({ value: { alerts: [{ alertId: 'a2', assignedTo: 'desk' }] } });
    expect(page.ok && page.value.alerts[0]).not.toHaveProperty('detail');
  });

  test('of one person is for those whom it concerns, by account or by patient record', async () => {
    const here = await ward();
    expect(await here.ids(by('nurse'), { personId: 'record' })).toEqual(['a1']);
    expect(await here.ids(by('glass'), { personId: 'stranger' })).toEqual(['a3', 'a2']);
    expect(await here.ids(by('desk', 'dispatcher'), { personId: 'stranger' })).toEqual(['a3']);
    expect(await here.ids(by('nurse'), { personId: 'stranger' })).toBe('not_found');
    expect(await here.ids(by('nurse'), { personId: 'nobody' })).toBe('not_found');
  });

  test('goes on where a page ended, and says when there is nothing more', async () => {
    const here = await ward();
    const first = await here.reading.list(by('nurse'), { ...everything, limit: 1 });
    expect(first).toMatchObject({ value: { next: 'a4' } });
    expect(await here.ids(by('nurse'), { before: 'a4', limit: 2 })).toEqual(['a1']);
    expect(await here.reading.list(by('nurse'), { ...everything, before: 'a4' })).toMatchObject({
      value: { next: null },
    });
  });

  test('an inbox begins with what is open', async () => {
    const here = await ward();
    await here.store.change(null, 'a4', audience, (alert, nowMs) => resolve(alert, 'nurse', null, nowMs));
    expect((await here.reading.openFor('nurse')).map(({ alertId }) => alertId)).toEqual(['a1']);
  });
});

describe('one alert', () => {
  test('is shown with its history to whoever may read it, and is none to others', async () => {
    const here = new Ward();
    const low = await here.alert('patient', 'spo2_low', 'LOW');
    const critical = await here.alert('patient', 'fall', 'CRITICAL');
    expect(await here.reading.get(by('nurse'), low)).toMatchObject({
      ok: true,
      value: { alert: { alertId: low }, history: [{ seq: 1, type: 'alert.opened', severity: 'LOW' }] },
    });
    const desk = by('desk', 'dispatcher');
    expect(await here.reading.get(desk, low)).toMatchObject({ code: 'not_found' });
    const seen = await here.reading.get(desk, critical);
    expect(seen).toMatchObject({ ok: true, value: { alert: { severity: 'CRITICAL' } } });
    expect(seen.ok && seen.value.history).toHaveLength(2);
    for (const word of ['message', 'detail', 'actionTaken'])
      expect(JSON.stringify(seen)).not.toContain(`"${word}"`);
    expect(await here.reading.get(by('stranger'), critical)).toMatchObject({ code: 'not_found' });
    expect(await here.reading.get(by('nurse'), 'a99')).toMatchObject({ code: 'not_found' });
  });
});

describe('whether a machine may call for help', () => {
  test('is said by the person, and by professionals of their care team', async () => {
    const { reading } = new Ward();
    expect(await reading.setting(by('nurse'), 'patient')).toMatchObject({ value: { opensSos: true } });
    expect(await reading.setSetting(by('nurse'), 'patient', false)).toMatchObject({ code: 'forbidden' });
    expect(await reading.setSetting(by('nurse', 'professional'), 'patient', false)).toMatchObject({
      value: { opensSos: false, changedBy: 'nurse' },
    });
    expect(await reading.setSetting(by('patient'), 'patient', true)).toMatchObject({
      value: { opensSos: true },
    });
    for (const stranger of [by('stranger'), by('desk', 'dispatcher'), by('glass')]) {
      expect(await reading.setting(stranger, 'patient')).toMatchObject({ code: 'not_found' });
      expect(await reading.setSetting(stranger, 'patient', true)).toMatchObject({ code: 'not_found' });
    }
  });
});
