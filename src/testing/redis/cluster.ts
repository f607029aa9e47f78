import { until } from '../until.ts';
import { RedisProcess } from './server.ts';

const MASTERS = 3;
const SLOTS = 16_384;
const NODE_TIMEOUT_MS = 2_000;

/** A Redis Cluster of three masters with a replica each. */
export class RedisCluster {
  readonly masters: readonly RedisProcess[];
  readonly replicas: readonly RedisProcess[];

  private constructor(masters: readonly RedisProcess[], replicas: readonly RedisProcess[]) {
    this.masters = masters;
    this.replicas = replicas;
  }

  static async start(): Promise<RedisCluster> {
    const options = [
      '--cluster-enabled',
      'yes',
      '--cluster-node-timeout',
      String(NODE_TIMEOUT_MS),
      // A replica that is still waiting for its first copy can't be promoted.
      '--repl-diskless-sync-delay',
      '0',
    ];
    const all = await Promise.all(Array.from({ length: 2 * MASTERS }, () => RedisProcess.start(options)));
    const cluster = new RedisCluster(all.slice(0, MASTERS), all.slice(MASTERS));
    try {
      await cluster.#form();
    } catch (error) {
      cluster.stop();
      throw error;
    }
    return cluster;
  }

  get url(): string {
    return `redis://${this.#all.map(({ port }) => `127.0.0.1:${port}`).join(',')}`;
  }

  /** Ends the master of a key's slot; its replica takes over after a few seconds. */
  async killMasterOf(key: string): Promise<RedisProcess> {
    const slot = Number(await this.masters[0]?.ask('CLUSTER', 'KEYSLOT', key));
    const master = this.masters[Math.min(MASTERS - 1, Math.floor(slot / Math.ceil(SLOTS / MASTERS)))];
    if (!master) throw new Error('no master has this slot');
    await master.kill();
    return master;
  }

  stop(): void {
    for (const one of this.#all) one.stop();
  }

  get #all(): readonly RedisProcess[] {
    return [...this.masters, ...this.replicas];
  }

  async #form(): Promise<void> {
    const share = Math.ceil(SLOTS / MASTERS);
    for (const [i, master] of this.masters.entries()) {
      const last = Math.min(SLOTS, (i + 1) * share) - 1;
      await master.ask('CLUSTER', 'ADDSLOTSRANGE', String(i * share), String(last));
      await master.ask('CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1));
    }
    const [first, ...others] = this.#all;
    for (const one of others) await one.ask('CLUSTER', 'MEET', '127.0.0.1', String(first?.port ?? 0));
    const soon = { timeoutMs: 30_000 };
    await until(async () => (await Promise.all(this.#all.map((one) => this.#knows(one)))).every(Boolean), {
      ...soon,
      what: 'every node of the Cluster to know the others',
    });
    for (const [i, replica] of this.replicas.entries()) {
      const id = String(await this.masters[i]?.ask('CLUSTER', 'MYID'));
      await until(async () => (await replica.ask('CLUSTER', 'REPLICATE', id)) === 'OK', {
        ...soon,
        what: 'a replica to follow its master',
      });
    }
    await until(
      async () =>
        (await Promise.all(this.replicas.map((one) => one.ask('INFO', 'replication')))).every((info) =>
          String(info).includes('master_link_status:up'),
        ),
      { ...soon, what: 'every replica to have its copy' },
    );
    await until(
      async () =>
        (await Promise.all(this.#all.map((one) => one.ask('CLUSTER', 'INFO')))).every((info) =>
          String(info).includes('cluster_state:ok'),
        ),
      { ...soon, what: 'the Cluster to be whole' },
    );
  }

  async #knows(one: RedisProcess): Promise<boolean> {
    const info = String(await one.ask('CLUSTER', 'INFO'));
    return info.includes(`cluster_known_nodes:${2 * MASTERS}`);
  }
}
