import type { LatLng } from '../../geo/lat-lng.ts';
import { derivedId } from '../../lib/derived-id.ts';
import type { Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import type { AppMessage } from './app-message.ts';

export interface Sender {
  readonly userId: string;
  readonly deviceId: string;
}

/** Dispatch, as much of it as an alarm needs. */
export interface AlarmDoor {
  /** Whether help is being sought for this person already. */
  hasOpenSos(userId: string): boolean;
  /**
   * Opens an SOS of the sender; the same `id` again is the same SOS. Null: it was refused, for good. Rejects when that is not
   * known, or may be otherwise in a moment.
   */
  open(
    from: Sender,
    sos: { readonly id: string; readonly point: LatLng; readonly description: string },
    receivedAtMs: number,
  ): Promise<string | null>;
}

export interface AlarmParts {
  readonly door: AlarmDoor;
  /** Where somebody was last, and when that was received; null when nobody knows. */
  readonly lastSeen: (userId: string) => Promise<(LatLng & { readonly receivedAtMs: number }) | null>;
  /** How old something is that the device dates; null when nothing is known of its clock. */
  readonly ageMs: (from: Sender, atMs: number, receivedAtMs: number) => Promise<number | null>;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface OpenedSos {
  readonly sosId: string;
  readonly point: LatLng;
}

/**
 * An alarm that was pressed longer ago than this and comes only now opens nothing: whoever pressed it has been without
 * network, and what they needed then was needed then. It is counted, and stands with the device for its owner to see.
 */
export const ALARM_MAX_AGE_MS = 3_600_000;

/** What those who come have to know of such a call. `placeAgeMs`: how old the place is, when none came with it. */
function wordsOf(placeAgeMs: number | null): string {
  const app = 'Called for help with a tracking app, which shows them no messages.';
  if (placeAgeMs === null) return app;
  return `${app} No place came with the call: they were last seen here ${Math.max(1, Math.round(placeAgeMs / 60_000))} min before.`;
}

/**
 * Makes a call for help of what an app sends as `sos`. The id follows from the device and the time of the fix, so however
 * often the app sends it again it is one SOS. While an SOS of the person is open no other is opened: some apps send the
 * alarm with every fix until it is cleared. No limit of rates holds here.
 */
export class AppAlarms {
  readonly #parts: AlarmParts;

  constructor(parts: AlarmParts) {
    this.#parts = parts;
  }

  /** What was opened, or null; `tooOld` when that was the reason. Rejects when it has to be sent again. */
  async raise(
    from: Sender,
    message: AppMessage,
    receivedAtMs: number,
  ): Promise<{ readonly opened: OpenedSos | null; readonly isTooOld: boolean }> {
    const { door, lastSeen, log } = this.#parts;
    const nothing = { opened: null, isTooOld: false };
    if (door.hasOpenSos(from.userId)) return this.#ended('already_open', nothing);
    if (await this.#isTooOld(from, message, receivedAtMs)) {
      log.warn({ deviceId: from.deviceId }, 'an alarm of a device came too late to call anybody');
      return this.#ended('too_old', { ...nothing, isTooOld: true });
    }
    const last = message.place ? null : await lastSeen(from.userId);
    const point = message.place ?? (last && { lat: last.lat, lng: last.lng });
    if (point === null) {
      log.warn({ deviceId: from.deviceId }, 'an alarm of a device names no place, and none is known');
      return this.#ended('no_place', nothing);
    }
    const description = wordsOf(last && receivedAtMs - last.receivedAtMs);
    const id = derivedId('app alarm', from.deviceId, String(message.atMs ?? receivedAtMs));
    const sosId = await door.open(from, { id, point, description }, receivedAtMs);
    return sosId === null
      ? this.#ended('refused', nothing)
      : this.#ended('opened', { ...nothing, opened: { sosId, point } });
  }

  /** Of a clock that nobody knows its word is not taken: a phone that is years off may call for help. */
  async #isTooOld(from: Sender, { atMs }: AppMessage, receivedAtMs: number): Promise<boolean> {
    if (atMs === null || receivedAtMs - atMs <= ALARM_MAX_AGE_MS) return false;
    const ageMs = await this.#parts.ageMs(from, atMs, receivedAtMs);
    return ageMs !== null && ageMs > ALARM_MAX_AGE_MS;
  }

  #ended<T>(outcome: string, answer: T): T {
    this.#parts.metrics.count('telemetry_app_alarms', { outcome });
    return answer;
  }
}
