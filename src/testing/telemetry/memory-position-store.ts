import type { Plan } from '../../telemetry/lanes/plan.ts';
import type { LastPosition, PositionStore, StoredTrack } from '../../telemetry/lanes/position-store.ts';
import { DataRefused } from '../../telemetry/lanes/position-store.ts';
import { type DeviceEpoch, keyOf } from '../../telemetry/lanes/types.ts';

/** What happens to the next transaction: nothing is written, or it is written and nobody hears of it. */
export type Fault = 'before_commit' | 'after_commit';

/** A position store in memory that can be told to fail, and that keeps a record of everything it was asked to do. */
export class MemoryPositionStore implements PositionStore {
  readonly cursors = new Map<string, number>();
  readonly rows: { key: string; seq: number; late: boolean; lat: number }[] = [];
  readonly refused = new Map<string, number>();
  readonly newest = new Map<string, LastPosition>();
  readonly faults: Fault[] = [];
  /** While true, nothing answers. */
  away = false;
  commits = 0;
  /** What must never happen, if it did. */
  readonly violations: string[] = [];
  /** Latitudes that this store refuses, as a database refuses a value. */
  refusesLat: (lat: number) => boolean = () => false;

  async load(devices: readonly DeviceEpoch[]): Promise<StoredTrack[]> {
    await tick();
    if (this.away) throw new Error('away');
    return devices.map((device) => ({ cursorSeq: this.cursors.get(keyOf(device)) ?? 0, last: null }));
  }

  async commit(
    devices: readonly DeviceEpoch[],
    decide: (cursors: ReadonlyMap<string, number>) => Plan,
  ): Promise<Plan> {
    await tick();
    if (this.away) throw new Error('away');
    const fault = this.faults.shift();
    const plan = decide(
      new Map(devices.map((device) => [keyOf(device), this.cursors.get(keyOf(device)) ?? 0])),
    );
    if (plan.positions.some(({ fix }) => this.refusesLat(fix.lat))) throw new DataRefused('22003');
    if (fault === 'before_commit') throw new Error('the connection broke');
    this.#write(plan);
    await tick();
    if (fault === 'after_commit') throw new Error('the answer was lost');
    return plan;
  }

  async lastPositions(): Promise<LastPosition[]> {
    return [...this.newest.values()];
  }

  #write(plan: Plan): void {
    this.commits += 1;
    for (const { device, seq, late, fix } of plan.positions) {
      this.rows.push({ key: keyOf(device), seq, late, lat: fix.lat });
    }
    for (const { device, seq } of plan.cursors) {
      if (seq <= (this.cursors.get(keyOf(device)) ?? 0)) this.violations.push('a cursor moved backwards');
      this.cursors.set(keyOf(device), seq);
    }
    for (const { device, fix, receivedAtMs } of plan.newest) {
      this.newest.set(device.userId, { userId: device.userId, lat: fix.lat, lng: fix.lng, receivedAtMs });
    }
    for (const { device, reason, fixes } of plan.refused) {
      const key = `${device.userId}/${device.deviceId}/${reason}`;
      this.refused.set(key, (this.refused.get(key) ?? 0) + fixes);
    }
  }
}

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));
