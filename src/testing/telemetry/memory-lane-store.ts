import { DataRefused, type LaneStore, type StoredEpoch } from '../../telemetry/lanes/lane-store.ts';
import type { Plan } from '../../telemetry/lanes/plan.ts';
import { type DeviceEpoch, keyOf } from '../../telemetry/lanes/types.ts';

/** What happens to the next transaction: nothing is written, or it is written and nobody hears of it. */
export type Fault = 'before_commit' | 'after_commit';

/** A lane's store in memory that can be told to fail, and that keeps a record of everything it was asked to do. */
export class MemoryLaneStore<Value> implements LaneStore<Value> {
  readonly cursors = new Map<string, number>();
  readonly rows: { key: string; seq: number; value: Value }[] = [];
  /** How many were refused, by person, device and reason. */
  readonly refused = new Map<string, number>();
  readonly faults: Fault[] = [];
  /** While true, nothing answers. */
  away = false;
  commits = 0;
  loads = 0;
  /** What must never happen, if it did. */
  readonly violations: string[] = [];
  /** Values that this store refuses, as a database refuses one. */
  refuses: (value: Value) => boolean = () => false;

  async load(devices: readonly DeviceEpoch[]): Promise<StoredEpoch<Value>[]> {
    this.loads += 1;
    await tick();
    if (this.away) throw new Error('away');
    return devices.map((device) => ({ cursorSeq: this.cursors.get(keyOf(device)) ?? 0, last: null }));
  }

  async commit(
    devices: readonly DeviceEpoch[],
    decide: (cursors: ReadonlyMap<string, number>) => Plan<Value>,
  ): Promise<Plan<Value>> {
    await tick();
    if (this.away) throw new Error('away');
    const fault = this.faults.shift();
    const plan = decide(
      new Map(devices.map((device) => [keyOf(device), this.cursors.get(keyOf(device)) ?? 0])),
    );
    if (plan.kept.some(({ value }) => this.refuses(value))) throw new DataRefused('22003');
    if (fault === 'before_commit') throw new Error('the connection broke');
    this.#write(plan);
    await tick();
    if (fault === 'after_commit') throw new Error('the answer was lost');
    return plan;
  }

  #write(plan: Plan<Value>): void {
    this.commits += 1;
    for (const { device, seq, value } of plan.kept) this.rows.push({ key: keyOf(device), seq, value });
    for (const { device, seq } of plan.cursors) {
      if (seq <= (this.cursors.get(keyOf(device)) ?? 0)) this.violations.push('a cursor moved backwards');
      this.cursors.set(keyOf(device), seq);
    }
    for (const { device, reason, rows } of plan.refused) {
      const key = `${device.userId}/${device.deviceId}/${reason}`;
      this.refused.set(key, (this.refused.get(key) ?? 0) + rows);
    }
  }
}

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));
