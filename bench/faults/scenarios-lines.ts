import { must } from '../../src/lib/assert.ts';
import type { NodesScenario } from './on-nodes.ts';

const CUT_MS = 3_000;
const DARK_MS = 15_000;
const SLOW_MS = 12_000;
/** Each way: a bad mobile network, another region of a cloud, another city. */
const STREET_SLOW_MS = 200;
const POSTGRES_SLOW_MS = 10;
const REDIS_SLOW_MS = 100;
const SWALLOWED = 8;
const ANSWERS_LOST = 6;
const DEAF_MS = 400;
const BETWEEN_MS = 1_200;

export const cutStreets: NodesScenario = {
  name: 'street-cut',
  about: 'clients and one node after the other are cut from each other for 3 s, by resets',
  async inject({ stage, fault, over, pause }) {
    fault('clients cut');
    for (const { street } of stage.nodes) {
      street.cut();
      await pause(CUT_MS);
      street.heal();
    }
    over('clients cut');
  },
};

export const darkStreet: NodesScenario = {
  name: 'street-dark',
  about: 'what clients and one node say to each other is swallowed for 15 s, and nothing is closed',
  async inject({ stage, fault, over, pause }) {
    const { street } = must(stage.nodes[0], 'a node');
    fault('clients and node 0 do not hear each other');
    street.goDark();
    await pause(DARK_MS);
    street.heal();
    over('clients and node 0 do not hear each other');
  },
};

export const slowLines: NodesScenario = {
  name: 'network-delay',
  about: 'each way 200 ms to clients, 100 ms to Redis and 10 ms to PostgreSQL, for 12 s',
  // A call takes a few statements and two ways through the street.
  async inject({ stage, fault, over, pause }) {
    fault('slow lines');
    for (const { street, toPostgres, toRedis } of stage.nodes) {
      street.slow(STREET_SLOW_MS);
      toPostgres.slow(POSTGRES_SLOW_MS);
      toRedis?.slow(REDIS_SLOW_MS);
    }
    await pause(SLOW_MS);
    for (const node of stage.nodes)
      for (const line of [node.street, node.toPostgres, node.toRedis]) line?.heal();
    over('slow lines');
  },
};

/** What Redis sends to who has subscribed: an array, or a push of the newer protocol, of three. */
const isMessage = (piece: Buffer): boolean => {
  const text = piece.toString('latin1');
  // Whole messages only: half of one would be another fault.
  return /^[*>]3\r\n\$\d+\r\ns?message\r\n/.test(text) && text.endsWith('\r\n');
};

export const swallowedMessages: NodesScenario = {
  name: 'swallowed-message',
  about:
    'what Redis tells each node is swallowed, one piece at a time, with nothing after it that would show the hole',
  async inject({ stage, fault, over, pause }) {
    fault('messages swallowed');
    for (let i = 0; i < SWALLOWED; i++) {
      for (const { toRedis } of stage.nodes) {
        const before = must(toRedis, 'a line to Redis').swallowed;
        toRedis?.swallow((piece) => toRedis.swallowed === before && isMessage(piece));
      }
      await pause(BETWEEN_MS);
    }
    for (const { toRedis } of stage.nodes) toRedis?.heal();
    const swallowed = stage.nodes.reduce((sum, { toRedis }) => sum + (toRedis?.swallowed ?? 0), 0);
    if (swallowed === 0) throw new Error('nothing was swallowed, so nothing was shown');
    over('messages swallowed');
  },
};

export const lostAnswers: NodesScenario = {
  name: 'answers-lost',
  about:
    'answers are lost on the way, then the line breaks: first to clients, then from PostgreSQL to a node in mid-commit',
  async inject({ stage, fault, over, pause }) {
    fault('answers lost');
    for (let i = 0; i < ANSWERS_LOST; i++) {
      const { street, toPostgres } = must(stage.nodes[i % stage.nodes.length], 'a node');
      for (const line of [street, toPostgres]) {
        line.swallow(() => true);
        await pause(DEAF_MS);
        line.reset();
        line.heal();
        await pause(BETWEEN_MS);
      }
    }
    over('answers lost');
  },
};
