import { type ClientOptions, MusterClient } from '../../client/index.ts';
import { type FakeServer, fakeNetwork, type ServerEnd, settle } from '../../client/testing/fake-socket.ts';
import { welcomeOf } from '../../client/testing/server-model.ts';
import type { ManualClock } from '../../lib/clock.ts';
import type { Random } from '../../lib/random.ts';
import type { UpBody, UpFrame } from '../../protocol/up.ts';
import type { TelemetryIngest } from '../../telemetry/lanes/ingest.ts';
import type { TelemetrySource } from '../../telemetry/lanes/types.ts';

/**
 * The real intake behind pretended sockets, on simulated time: as the street door hands frames on, without the rest of
 * it. A token is the id of its person.
 */
export class IngestServer implements FakeServer {
  readonly #ingest: TelemetryIngest;
  readonly #clock: ManualClock;
  readonly #sessions = new Map<ServerEnd, { userId: string; device: Device; source: TelemetrySource }>();

  constructor(ingest: TelemetryIngest, clock: ManualClock) {
    this.#ingest = ingest;
    this.#clock = clock;
  }

  closed(end: ServerEnd): void {
    this.#sessions.delete(end);
  }

  frame(end: ServerEnd, frame: UpFrame): void {
    if (frame[0] === 'hello') void this.#greet(end, frame[1]);
    const session = this.#sessions.get(end);
    if (!session) return;
    const { userId, device, source } = session;
    const from = { userId, deviceId: device.id };
    const nowMs = this.#clock.nowMs();
    if (frame[0] === 'hb') end.send(['hb', { sentAtMs: nowMs, echoMs: frame[1].sentAtMs }]);
    else if (frame[0] === 'now') this.#ingest.hint(userId, device, frame[1], nowMs, source);
    else if (frame[0] === 'pos' || frame[0] === 'vit' || frame[0] === 'alarm')
      this.#ingest.take(from, frame, nowMs, source);
  }

  async #greet(end: ServerEnd, { token: userId = '', device }: UpBody<'hello'>): Promise<void> {
    if (!device) return;
    const { telemetry, vitals, alarm } = await this.#ingest.ackedSeqs(userId, device);
    if (!end.isOpen) return;
    const source: TelemetrySource = { answer: (frame) => end.isOpen && end.send(frame) };
    this.#sessions.set(end, { userId, device, source });
    end.send(['welcome', welcomeOf(this.#clock.nowMs(), telemetry, { vitals, alarm })]);
  }
}

type Device = NonNullable<UpBody<'hello'>['device']>;

/** One device with the real SDK and a network of its own, which `cut` breaks. */
export function simulatedDevice(
  server: IngestServer,
  { clock, random, latencyMs, userId, ...options }: SimulatedDevice,
) {
  const network = fakeNetwork(server, { clock, latencyMs, encoding: 'msgpack' });
  const client = new MusterClient({
    url: 'http://node.test',
    token: async () => userId,
    clock,
    random,
    WebSocket: network.WebSocket,
    ...options,
  });
  return { client, cut: () => network.breakAll() };
}

export interface SimulatedDevice extends Pick<ClientOptions, 'device'> {
  readonly clock: ManualClock;
  readonly random: Random;
  readonly latencyMs: number;
  readonly userId: string;
}

/** Lets time pass, and everything that waits for promises and for the stores in memory. */
export async function passTime(clock: ManualClock, ms: number): Promise<void> {
  await settle();
  clock.advance(ms);
  await settle();
  await new Promise((resolve) => setImmediate(resolve));
}
