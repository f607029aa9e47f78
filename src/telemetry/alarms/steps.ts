import { isLatLng, type LatLng } from '../../geo/lat-lng.ts';
import type { Clock } from '../../lib/clock.ts';
import { derivedId } from '../../lib/derived-id.ts';
import { errorFields, type Logger } from '../../lib/log.ts';
import { isAtMs, onServerClock } from '../lanes/row-times.ts';
import type { LaneSteps } from '../lanes/steps.ts';
import type { DeviceEpoch, FrameTimes } from '../lanes/types.ts';
import { ALARM_KINDS, type AlarmKind, type AlarmWatch, type DeviceAlarm } from '../vitals/sample.ts';

/** An alarm that is kept. */
export interface KeptAlarm {
  /** When it was raised, by the device's own clock. */
  readonly atMs: number;
  /** The same by the server's clock: the time of receipt less the age that the device states. */
  readonly raisedAtMs: number;
  readonly kind: AlarmKind;
  readonly point: LatLng | null;
  readonly late: boolean;
}

export interface AlarmRules {
  /** Longer ago than this when it arrives, it is marked as late; it is told all the same. */
  readonly maxAlarmAgeLiveMs: number;
}

/** Whoever fell half an hour ago, where there was no network, may lie there still. */
export const DEFAULT_ALARM_RULES: AlarmRules = { maxAlarmAgeLiveMs: 3_600_000 };

export interface AlarmStepsParts {
  readonly rules: AlarmRules;
  readonly watch: AlarmWatch;
  readonly clock: Clock;
  readonly log: Logger;
}

const ALARM_BYTES = 500;
/** An alarm that is not heeded by then must be sent again. */
const HEEDED_WITHIN_MS = 5_000;

/**
 * The lane of alarms: validate, then tell, whatever the age, and store once it was heeded. One whose time can't be told
 * counts as raised now: an alarm in doubt is an alarm.
 */
export function alarmSteps({ rules, watch, clock, log }: AlarmStepsParts): LaneSteps<KeptAlarm, null, null> {
  return {
    lane: 'alarm',
    rowBytes: ALARM_BYTES,

    begin: () => null,

    judge(memory, now, arrival) {
      const read = readAlarm(arrival.row, arrival);
      if (!read) return { kind: 'refused', reason: 'invalid', memory };
      const late = arrival.sentAtMs - read.atMs > rules.maxAlarmAgeLiveMs;
      const value = { ...read, late };
      return { kind: 'kept', value, told: value, outcome: late ? 'late' : 'live', memory, now };
    },

    hint: () => ({ told: null, now: undefined }),

    tell({ device, seq, value: { kind, raisedAtMs, point, late }, receivedAtMs }) {
      const { userId: personId, deviceId } = device;
      const id = alarmIdOf(device, seq);
      return heeded({ id, personId, deviceId, kind, raisedAtMs, receivedAtMs, point, late });
    },
  };

  function heeded(alarm: DeviceAlarm): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => {
        log.warn({ alarmId: alarm.id, ...errorFields(error) }, 'an alarm of a device was not heeded yet');
        reject(error);
      };
      const cancel = clock.after(HEEDED_WITHIN_MS, () => fail(new Error('no answer in time')));
      watch.alarmed(alarm).then(resolve, fail).finally(cancel);
    });
  }
}

/** The same for the same numbers, so that whoever is told twice recognises it. */
export const alarmIdOf = ({ userId, deviceId, epoch }: DeviceEpoch, seq: number): string =>
  derivedId('alarm', userId, deviceId, epoch, String(seq));

/**
 * Reads a row `[atMs, kind, lat, lng]`; the same rules as the wire schema. A place is two numbers, or not known: two
 * nulls, or nothing. Answers null when the row can't be used.
 */
export function readAlarm(row: unknown, times: FrameTimes): Omit<KeptAlarm, 'late'> | null {
  if (!Array.isArray(row) || row.length > 4) return null;
  const [atMs, kind, lat = null, lng = null]: readonly unknown[] = row;
  if (!isAtMs(atMs) || !isKind(kind)) return null;
  const raisedAtMs = onServerClock(atMs, times);
  if (raisedAtMs < 0) return null;
  if (lat === null && lng === null) return { atMs, raisedAtMs, kind, point: null };
  if (typeof lat !== 'number' || typeof lng !== 'number' || !isLatLng(lat, lng)) return null;
  return { atMs, raisedAtMs, kind, point: { lat, lng } };
}

const isKind = (value: unknown): value is AlarmKind => (ALARM_KINDS as readonly unknown[]).includes(value);
