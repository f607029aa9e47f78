import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { seededRandom } from '../lib/random.ts';
import type { Encoding } from '../protocol/version.ts';
import { MusterClient } from './client.ts';
import { fakeNetwork, settle } from './testing/fake-socket.ts';
import { type Faults, type Lane, ServerModel, uuidOf } from './testing/server-model.ts';

const STREAMS = [`sos:${uuidOf(50)}`, `chat:${uuidOf(50)}`, `inbox:${uuidOf(1)}`] as const;
const LANES = ['telemetry', 'vitals', 'alarm'] as const;
const FAULTS: (keyof Faults)[] = [
  'holds',
  'lostRows',
  'skippedEvents',
  'doubledEvents',
  'refusedCommands',
  'unansweredCommands',
];

type Step =
  | { do: 'rows'; lane: Lane; count: number }
  | { do: 'event'; stream: number }
  | { do: 'command' }
  | { do: 'fault'; fault: keyof Faults; times: number }
  | { do: 'break' }
  | { do: 'close'; code: number }
  | { do: 'bye' }
  | { do: 'silence' }
  | { do: 'unreachable' }
  | { do: 'raiseLow'; stream: number };

const anyStream = fc.nat({ max: STREAMS.length - 1 });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('rows' as const),
      lane: fc.constantFrom(...LANES),
      count: fc.integer({ min: 1, max: 40 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('event' as const), stream: anyStream }) },
  { weight: 4, arbitrary: fc.constant({ do: 'command' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      fault: fc.constantFrom(...FAULTS),
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'break' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('close' as const),
      code: fc.constantFrom(1007, 1009, 1012, 1013, 4001, 4008, 4009, 4999),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'bye' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'silence' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'unreachable' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('raiseLow' as const), stream: anyStream }) },
);
const anyRun = fc.record({
  steps: fc.array(fc.record({ step: anyStep, thenMs: fc.nat({ max: 400 }) }), { maxLength: 60 }),
  seed: fc.nat(),
  encoding: fc.constantFrom<Encoding>('msgpack', 'json'),
});

interface Seen {
  /** The numbers delivered since the last snapshot, and the number of that snapshot. */
  from: number;
  readonly seqs: number[];
  readonly broken: string[];
}

class World {
  readonly clock = new ManualClock();
  readonly server = new ServerModel(this.clock);
  readonly network;
  readonly client: MusterClient;
  readonly seen = new Map<string, Seen>();
  readonly answers = new Map<string, string[]>();
  readonly given: Record<Lane, number> = { telemetry: 0, vitals: 0, alarm: 0 };

  constructor(seed: number, encoding: Encoding) {
    const { clock } = this;
    this.network = fakeNetwork(this.server, { clock, latencyMs: 15, encoding });
    this.client = new MusterClient({
      url: 'http://node.test',
      token: async () => 'token',
      encoding,
      clock,
      random: seededRandom(seed),
      WebSocket: this.network.WebSocket,
      device: { id: uuidOf(3) },
    });
    for (const stream of STREAMS) this.#follow(stream);
    this.client.connect();
  }

  do(step: Step): void {
    const { server, network } = this;
    if (step.do === 'rows') for (let i = 0; i < step.count; i++) this.#send(step.lane);
    else if (step.do === 'event') server.happen(STREAMS[step.stream] ?? STREAMS[0]);
    else if (step.do === 'command') this.#command();
    else if (step.do === 'fault') server.faults[step.fault] += step.times;
    else if (step.do === 'break') network.breakAll();
    else if (step.do === 'close') for (const end of server.ends) end.close(step.code);
    else if (step.do === 'silence') server.isSilent = true;
    else if (step.do === 'unreachable') {
      network.isReachable = false;
      network.breakAll();
    } else if (step.do === 'raiseLow') {
      const stream = STREAMS[step.stream] ?? STREAMS[0];
      server.lows.set(stream, server.head(stream));
    } else {
      for (const end of server.ends) {
        end.send(['bye', { closeCode: 1012, retryAfterMs: 200 }]);
        end.close(1012);
      }
    }
  }

  async pass(ms: number): Promise<void> {
    await settle();
    this.clock.advance(ms);
    await settle();
  }

  /** No more faults: within ten minutes everything has to be where it belongs. */
  async heal(): Promise<void> {
    this.server.isSilent = false;
    this.network.isReachable = true;
    for (const fault of FAULTS) this.server.faults[fault] = 0;
    // A hole can only be noticed by what comes after it.
    for (const stream of STREAMS) this.server.happen(stream);
    for (let s = 0; s < 600 && !this.isDone(); s++) await this.pass(1_000);
  }

  isDone(): boolean {
    const allSeen = STREAMS.every((stream) => {
      const seen = this.seen.get(stream);
      return seen !== undefined && seen.from + seen.seqs.length >= this.server.head(stream);
    });
    const allAnswered = [...this.answers.values()].every((answers) => answers.length > 0);
    const { unacknowledged, vitals, alarms } = this.client.telemetry;
    return allSeen && allAnswered && unacknowledged + vitals.unacknowledged + alarms.unacknowledged === 0;
  }

  #follow(stream: string): void {
    const seen: Seen = { from: 0, seqs: [], broken: [] };
    this.seen.set(stream, seen);
    this.client.subscribe(
      stream,
      {
        onEvent: (event) => {
          const expected = seen.from + seen.seqs.length + 1;
          if (event.seq !== expected) seen.broken.push(`${event.seq} instead of ${expected}`);
          seen.seqs.push(event.seq);
        },
        onSnapshot: (snapshot) => {
          if (snapshot.seq < seen.from + seen.seqs.length)
            seen.broken.push(`snapshot back to ${snapshot.seq}`);
          seen.from = snapshot.seq;
          seen.seqs.length = 0;
        },
      },
      0,
    );
  }

  #send(lane: Lane): void {
    this.given[lane] += 1;
    const atMs = this.given[lane];
    if (lane === 'telemetry') this.client.sendFix({ atMs, lat: 1, lng: 2 });
    else if (lane === 'vitals') this.client.sendVitals({ atMs, heartRateBpm: 70 });
    else this.client.sendAlarm({ atMs, kind: 'fall' });
  }

  #command(): void {
    const id = uuidOf(1_000 + this.answers.size);
    const answers: string[] = [];
    this.answers.set(id, answers);
    const text = 'hello';
    this.client.command('chat.send', { sosId: uuidOf(50), text }, { id, timeoutMs: 3_600_000 }).then(
      (done) => answers.push(done.id),
      (error) => answers.push(String(error)),
    );
  }
}

describe('a client against a server that drops, doubles, delays, holds and goes silent', () => {
  it('delivers each event once and in order, stores each row of each lane once, and answers each command once', async () => {
    await fc.assert(
      fc.asyncProperty(anyRun, async ({ steps, seed, encoding }) => {
        const world = new World(seed, encoding);
        for (const { step, thenMs } of steps) {
          world.do(step);
          await world.pass(thenMs);
        }
        await world.heal();

        for (const [stream, seen] of world.seen) {
          expect(seen.broken).toEqual([]);
          expect(seen.from + seen.seqs.length).toBe(world.server.head(stream));
        }
        for (const lane of LANES) {
          const all = Array.from({ length: world.given[lane] }, (_, i) => i + 1);
          expect(world.server.stored[lane]).toEqual(all.filter((atMs) => atMs % 17 !== 0));
          expect(world.server.refused[lane]).toEqual(all.filter((atMs) => atMs % 17 === 0));
        }
        const { telemetry } = world.client;
        for (const { unacknowledged, epochBreaks } of [telemetry, telemetry.vitals, telemetry.alarms])
          expect([unacknowledged, ...epochBreaks]).toEqual([0]);
        for (const [id, answers] of world.answers) expect(answers).toEqual([id]);
        expect([...world.server.carriedOut].sort()).toEqual([...world.answers.keys()].sort());
        const closed = world.client.close();
        await world.pass(2_000);
        await closed;
      }),
      { numRuns: 300 },
    );
  });
});
