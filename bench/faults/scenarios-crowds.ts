import { must } from '../../src/lib/assert.ts';
import { eachLimited } from '../../src/sim/each-limited.ts';
import { DeafClient } from '../../src/testing/overload/deaf-client.ts';
import { LightClient } from '../../src/testing/storm/light-client.ts';
import { until } from '../../src/testing/until.ts';
import type { NodesScenario } from './on-nodes.ts';
import { addressOf, socketsOf } from './street.ts';

const DEAF = 60;
/** Until the nodes have found out and closed them, with all who are at work beside. */
const DEAF_MS = 90_000;
const PHONES = 600;
const BACK_WITHIN_MS = 60_000;
/** Their addresses begin after those who are at work. */
const FIRST_ADDRESS = 1_000;

export const slowConsumers: NodesScenario = {
  name: 'slow-clients',
  about: 'sixty clients ask for the map of a dispatcher and never read, for 90 s',
  async inject({ stage, cast, fault, over, pause, atEnd }) {
    const tailed = must(cast.callers[0], 'a caller').userId;
    const token = await must(cast.dispatcher, 'a dispatcher').token();
    const deaf: DeafClient[] = [];
    atEnd(() => {
      for (const one of deaf) one.close();
    });
    fault('nobody reads');
    await eachLimited(Array.from({ length: DEAF }, (_, i) => i).values(), 10, async (i) => {
      const { street } = must(stage.nodes[i % stage.nodes.length], 'a node');
      deaf.push(await DeafClient.open(`http://127.0.0.1:${street.port}`, token, tailed, true));
    });
    await pause(DEAF_MS);
    over('nobody reads');
  },
};

export const reconnectStorm: NodesScenario = {
  name: 'reconnect-storm',
  about: 'the connections of all 600 phones and of everybody at work break at once',
  extras: PHONES,
  async inject({ stage, cast, fault, over, atEnd }) {
    const tokens = await Promise.all(cast.extras.map(({ token }) => token()));
    const phones = cast.extras.map(({ userId }, i) => {
      const WebSocket = socketsOf({
        nodes: stage.nodes.map((_, node) => (node + i) % stage.nodes.length),
        urlOf: (node) => `http://127.0.0.1:${stage.nodes[node]?.street.port}`,
        address: addressOf(FIRST_ADDRESS + i),
        onOpening: () => {},
      });
      return new LightClient({ WebSocket, userId, token: tokens[i] ?? '', deviceId: userId });
    });
    atEnd(() => {
      for (const phone of phones) phone.close();
    });
    await eachLimited(phones.values(), 50, async (phone) => {
      phone.connect();
      await until(() => phone.liveAtMs !== null, {
        timeoutMs: BACK_WITHIN_MS,
        what: 'a phone to be connected',
      });
    });
    fault('all connections break');
    for (const phone of phones) phone.forget();
    for (const { street } of stage.nodes) street.reset();
    await until(() => phones.every(({ liveAtMs }) => liveAtMs !== null), {
      timeoutMs: BACK_WITHIN_MS,
      what: 'all phones to be back',
    });
    over('all connections break');
  },
};
