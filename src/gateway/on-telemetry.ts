import type { DownBody } from '../protocol/down.ts';
import type { UpBody, UpFrame } from '../protocol/up.ts';
import { ClockProbe } from './clock-probe.ts';
import { failureCode } from './failures.ts';
import type { Peer } from './peer.ts';
import type { SampleFrame, TelemetrySource } from './services.ts';

const BATTERY = 7;

/** What the newest fix of a frame says of the battery, in percent; nothing when it says nothing sensible. */
export function batteryIn(frame: UpFrame): number | undefined {
  const fix = frame[0] === 'pos' ? frame[1].fixes.at(-1) : frame[0] === 'now' ? frame[1].fix : undefined;
  const batteryPct = fix?.[BATTERY];
  return typeof batteryPct === 'number' && batteryPct >= 0 && batteryPct <= 100 ? batteryPct : undefined;
}

/** The samples of one socket: handed in and answered later, once they are committed. */
export class SocketTelemetry {
  readonly #peer: Peer;
  readonly #source: TelemetrySource;
  readonly #probe: ClockProbe;

  constructor(peer: Peer) {
    this.#peer = peer;
    this.#probe = new ClockProbe(peer.parts.clock);
    this.#source = {
      answer: (frame) => {
        if (peer.isOpen()) peer.say(frame);
      },
    };
  }

  take(frame: SampleFrame, receivedAtMs: number): void {
    const { device, principal, parts } = this.#peer;
    if (!device) {
      this.#peer.refuse('bad_request', { detail: `${frame[0]}: hello named no device` });
      return;
    }
    try {
      const from = { userId: principal.userId, deviceId: device.id };
      parts.services.telemetry.take(from, frame, receivedAtMs, this.#source);
    } catch (error) {
      this.#peer.refuse(failureCode(error, parts.log, `${frame[0]} failed`));
    }
  }

  hint(body: UpBody<'now'>, receivedAtMs: number): void {
    const { device, principal, parts } = this.#peer;
    if (!device) {
      this.#peer.refuse('bad_request', { detail: 'now: hello named no device' });
      return;
    }
    parts.services.telemetry.hint(principal.userId, device, body, receivedAtMs, this.#source);
  }

  /** What to ask the device for its clock; null: not now. */
  clockQuestion(): DownBody<'hb'> | null {
    return this.#peer.device ? this.#probe.question() : null;
  }

  heartbeat(body: UpBody<'hb'>): void {
    const { device, principal, parts } = this.#peer;
    if (!device) return;
    const from = { userId: principal.userId, deviceId: device.id };
    const asked = this.#probe.answered(body);
    if (asked) parts.services.deviceClocks.read(from, body.sentAtMs, asked);
    parts.services.telemetry.alive(from, this.#source);
  }
}
