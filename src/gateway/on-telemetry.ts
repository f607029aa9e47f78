import type { UpBody } from '../protocol/up.ts';
import { failureCode } from './failures.ts';
import type { Peer } from './peer.ts';
import type { TelemetrySource } from './services.ts';

/** The samples of one socket: handed in and answered later, once they are committed. */
export class SocketTelemetry {
  readonly #peer: Peer;
  readonly #source: TelemetrySource;

  constructor(peer: Peer) {
    this.#peer = peer;
    this.#source = {
      answer: (frame) => {
        if (peer.isOpen()) peer.say(frame);
      },
    };
  }

  take(body: UpBody<'pos'>, receivedAtMs: number): void {
    const { device, principal, parts } = this.#peer;
    if (!device) {
      this.#peer.refuse('bad_request', { detail: 'pos: hello named no device' });
      return;
    }
    try {
      const from = { userId: principal.userId, deviceId: device.id };
      parts.services.telemetry.take(from, body, receivedAtMs, this.#source);
    } catch (error) {
      this.#peer.refuse(failureCode(error, parts.log, 'pos failed'));
    }
  }
}
