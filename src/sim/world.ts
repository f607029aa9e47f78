import type { CommandBody, Done, MusterClient } from '../client/node.ts';
import { MusterError, MusterClient as NodeClient } from '../client/node.ts';
import { systemClock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import type { Ledger } from './ledger.ts';
import type { Person } from './people.ts';
import type { ReplayClock } from './schedule.ts';

/** What everybody in a run shares. */
export interface World {
  readonly url: string;
  readonly clock: ReplayClock;
  readonly ledger: Ledger;
  /** Milliseconds after local midnight at which the replayed window starts. */
  readonly timeOfDayMs: number;
  readonly monotonicMs: () => number;
  /** What went wrong in any client without stopping it, counted by sentence. */
  readonly problems: Map<string, number>;
  /** The connections of all who take part. */
  readonly clients: MusterClient[];
  /** A generator of one's own, so that nobody's choices depend on what others did meanwhile. */
  randomFor(name: string): Random;
}

const PROGRAM = 'muster-sim/0.1';
/** Longer than a killed engine takes to come back. */
const COMMAND_TIMEOUT_MS = 120_000;

/** A connection for somebody; with a phone it sends fixes whose times are those of the replayed clock. */
export function connect(
  world: World,
  person: Person,
  phone?: { readonly deviceId: string; readonly onLocate: () => void },
): MusterClient {
  const client = new NodeClient({
    url: world.url,
    token: person.token,
    program: PROGRAM,
    clock: systemClock,
    onProblem: ({ kind, detail }) => {
      const sentence = `${kind}: ${detail}`;
      world.problems.set(sentence, (world.problems.get(sentence) ?? 0) + 1);
    },
    ...(phone === undefined
      ? {}
      : {
          device: { id: phone.deviceId, deviceNowMs: () => world.clock.deviceNowMs() },
          onLocate: phone.onLocate,
        }),
  });
  world.clients.push(client);
  client.connect();
  return client;
}

/** Whether nobody is still waiting to be let in again: who lost an engine comes back after a random pause. */
export const isEverybodyBack = ({ clients }: World): boolean =>
  clients.every(({ status: { state } }) => state === 'open' || state === 'closed');

type Kind = Parameters<MusterClient['command']>[0];

/** Sends a command. What the server refused, or left open, goes into the ledger and comes back as null. */
export async function attempt<K extends Kind>(
  world: World,
  client: MusterClient,
  kind: K,
  body: CommandBody<K>,
): Promise<Done | null> {
  try {
    return await client.command(kind, body, { timeoutMs: COMMAND_TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof MusterError)) throw error;
    if (error.code === 'timeout' || error.code === 'closed') world.ledger.unknownOutcome();
    else world.ledger.refusedAnswer(`${kind}: ${error.code}`);
    return null;
  }
}
