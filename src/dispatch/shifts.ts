import type { Clock } from '../lib/clock.ts';
import { derivedId } from '../lib/derived-id.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import { isOpen } from './machine/state.ts';
import type { Dispatch } from './service.ts';
import type { DispatcherShift, HandOver, NotHandedOver, ShiftRefusal, ShiftStore } from './shift.ts';
import type { LogEvent } from './store.ts';

export interface ShiftsOptions {
  readonly store: ShiftStore;
  readonly dispatch: Pick<Dispatch, 'execute' | 'known' | 'refresh'>;
  readonly isDispatcher: (userId: string) => Promise<boolean>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly publish: (event: LogEvent) => void;
}

export interface HandedOver {
  readonly shift: DispatcherShift;
  /** Those that somebody else changed while they went over: how they stand now. */
  readonly notHandedOver: readonly NotHandedOver[];
}

const EVERY_MS = 2_000;
const AT_ONCE = 20;
/** An SOS may change that often while it goes over, before it is left to the next run. */
const TRIES = 5;

/**
 * Who is on shift, and handing over. The hand-over is decided in one transaction; then each open SOS goes over by an
 * ordinary `sos.take_over`, whose id follows from the shift, so a node that dies in the middle is gone on from by any.
 */
export class Shifts {
  readonly #options: ShiftsOptions;

  constructor(options: ShiftsOptions) {
    this.#options = options;
  }

  begin(by: { readonly userId: string }): Promise<DispatcherShift> {
    return this.#options.store.begin(by.userId, this.#options.newId());
  }

  /** Refused while they own open SOS: nobody would look after those. */
  async end(by: { readonly userId: string }): Promise<Result<DispatcherShift, ShiftRefusal>> {
    const ended = await this.#options.store.end(by.userId);
    return typeof ended === 'string' ? refused(ended) : ok(ended);
  }

  /** Ends the shift and gives its open SOS to another dispatcher. Idempotent by the command's id. */
  async handOver(
    by: { readonly userId: string },
    { id: commandId, ...to }: HandOver & { readonly id: string },
  ): Promise<Result<HandedOver, ShiftRefusal>> {
    const { isDispatcher, store } = this.#options;
    if (to.toId === by.userId) return refused('bad_request', 'toId: it is yourself');
    if (!(await isDispatcher(to.toId))) return refused('not_dispatcher');
    const key = { actorId: by.userId, commandId, about: `shift.hand_over ${to.toId}` };
    const shift = await store.handOver(key, to);
    if (shift === 'bad_request') return refused(shift, 'id: it was given to another command before');
    if (shift === 'not_on_shift') return refused(shift);
    const notHandedOver = shift.handedOverAtMs === null ? await this.#goOn(shift) : [];
    return ok({ shift: (await store.get(shift.shiftId)) ?? shift, notHandedOver });
  }

  list(openOnly: boolean, before: string | null, limit: number): Promise<readonly DispatcherShift[]> {
    return this.#options.store.list(openOnly, before, limit);
  }

  /** Goes on with hand-overs that a node left unfinished. */
  readonly job = {
    name: 'hand_overs',
    everyMs: EVERY_MS,
    run: async ({ signal }: { readonly signal: AbortSignal }) => {
      for (const shift of await this.#options.store.unfinished(AT_ONCE)) {
        if (signal.aborted) return;
        await this.#goOn(shift).catch((error: unknown) => {
          this.#options.metrics.count('hand_overs_interrupted_total');
          this.#options.log.warn(
            { shiftId: shift.shiftId, ...errorFields(error) },
            'a hand-over is gone on with later',
          );
        });
      }
    },
  };

  async #goOn(shift: DispatcherShift): Promise<readonly NotHandedOver[]> {
    const { publish, store } = this.#options;
    const notHandedOver: NotHandedOver[] = [];
    // Those that went over before a node died are theirs no more, and are counted all the same.
    const owned = new Set([...shift.ownedSos, ...(await store.ownedBy(shift.userId))]);
    let isWhole = true;
    for (const sosId of owned) {
      const became = await this.#handOne(shift, sosId);
      if (became === 'unsettled') isWhole = false;
      else if (became !== 'handed') notHandedOver.push(became);
    }
    if (isWhole) for (const event of await store.handedOver(shift.shiftId)) publish(event);
    return notHandedOver;
  }

  /** By the state at its number, so that whoever took it over meanwhile keeps it. */
  async #handOne(shift: DispatcherShift, sosId: string): Promise<'handed' | 'unsettled' | NotHandedOver> {
    const { clock, dispatch, store } = this.#options;
    const { shiftId, userId, handedTo } = shift;
    await dispatch.refresh(sosId);
    for (let tries = 0; tries < TRIES; tries++) {
      const state = dispatch.known.get(sosId);
      if (!state || !handedTo) return 'unsettled';
      if (state.ownerId === handedTo) {
        await store.handed(shiftId, sosId);
        return 'handed';
      }
      if (!isOpen(state) || state.ownerId !== userId)
        return { sosId, status: state.status, ownerId: state.ownerId };
      const id = derivedId('shift.hand_over', shiftId, sosId);
      const command = { id, sosId, ownerId: handedTo, expectSeq: state.seq };
      const by = { userId, isDispatcher: true };
      const done = await dispatch.execute(by, ['sos.take_over', command], clock.nowMs());
      if (!done.ok && done.code === 'busy') return 'unsettled';
      if (done.ok) await dispatch.refresh(sosId);
    }
    return 'unsettled';
  }
}
