import { ManualClock } from '../../lib/clock.ts';
import { seededRandom } from '../../lib/random.ts';
import type { UpBody, UpFrame, UpKind } from '../../protocol/up.ts';
import { MusterClient } from '../client.ts';
import type { ClientOptions, Problem, Status } from '../types.ts';
import { type FakeNetwork, fakeNetwork, type ServerEnd, settle } from './fake-socket.ts';
import { welcomeOf } from './server-model.ts';

export interface ClientWorld {
  readonly clock: ManualClock;
  readonly client: MusterClient;
  readonly network: FakeNetwork;
  readonly statuses: Status[];
  readonly problems: Problem[];
  /** Everything the client sent, over all sockets, but heartbeats. */
  readonly sent: UpFrame[];
  /** When each heartbeat was sent, by the client's clock. */
  readonly beats: number[];
  /** The bodies of what was sent of one kind. */
  bodies<K extends UpKind>(kind: K): UpBody<K>[];
  /** The server's end of the newest socket. */
  end(): ServerEnd;
  /** Lets promises and then time pass. */
  pass(ms: number): Promise<void>;
}

/**
 * A client with a server that only says welcome; the rest is said by the test. Frames take no time. `welcome` says what
 * is stored of the client's telemetry, `unknown` that it can't be told now; null: nothing is said.
 */
export function clientWorld(
  options: Partial<ClientOptions> = {},
  welcome: (attempt: number) => number | 'unknown' | null = () => 0,
): ClientWorld {
  const clock = new ManualClock();
  const sent: UpFrame[] = [];
  const beats: number[] = [];
  const statuses: Status[] = [];
  const problems: Problem[] = [];
  let attempt = 0;
  const server = {
    frame(end: ServerEnd, frame: UpFrame) {
      if (frame[0] === 'hb') beats.push(frame[1].sentAtMs);
      else sent.push(frame);
      if (frame[0] !== 'hello') return;
      const ackedSeq = welcome(++attempt);
      if (ackedSeq === null) return;
      end.send(['welcome', welcomeOf(Math.floor(clock.nowMs()), ackedSeq === 'unknown' ? null : ackedSeq)]);
    },
  };
  const network = fakeNetwork(server, { clock, latencyMs: 0, encoding: options.encoding ?? 'msgpack' });
  const client = new MusterClient({
    url: 'http://node.test',
    token: async () => 'token',
    clock,
    random: seededRandom(1),
    WebSocket: network.WebSocket,
    onStatus: (status) => statuses.push(status),
    onProblem: (problem) => problems.push(problem),
    ...options,
  });
  return {
    clock,
    client,
    network,
    statuses,
    problems,
    sent,
    beats,
    bodies: <K extends UpKind>(kind: K) =>
      sent.flatMap((frame) => (frame[0] === kind ? [frame[1] as UpBody<K>] : [])),
    end() {
      const end = network.ends.at(-1);
      if (!end) throw new Error('no socket was opened');
      return end;
    },
    async pass(ms) {
      await settle();
      clock.advance(ms);
      await settle();
    },
  };
}
