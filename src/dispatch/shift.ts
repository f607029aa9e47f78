import type { SosState } from './machine/state.ts';
import type { CommandKey, LogEvent } from './store.ts';

/** A dispatcher's shift. */
export interface DispatcherShift {
  readonly shiftId: string;
  readonly userId: string;
  readonly startedAtMs: number;
  /** Null: on shift now. */
  readonly endedAtMs: number | null;
  /** To whom their open SOS go, and what they were told. */
  readonly handedTo: string | null;
  readonly note: string | null;
  /** Their open SOS when they handed over, and those that have gone over so far. */
  readonly ownedSos: readonly string[];
  readonly handedSos: readonly string[];
  /** Null while some may still have to go over. */
  readonly handedOverAtMs: number | null;
}

export interface HandOver {
  readonly toId: string;
  readonly note: string | null;
}

/** How an SOS stands that did not go over, because somebody changed it meanwhile. */
export interface NotHandedOver {
  readonly sosId: string;
  readonly status: SosState['status'];
  readonly ownerId: string | null;
}

export type ShiftRefusal = 'not_on_shift' | 'owns_open_sos' | 'bad_request' | 'not_dispatcher';

/** Where shifts are kept. Each method is one transaction. */
export interface ShiftStore {
  /** Their open shift, begun now unless there is one. */
  begin(userId: string, id: string): Promise<DispatcherShift>;
  /** Null: they own open SOS, or have no open shift. */
  end(userId: string): Promise<DispatcherShift | 'not_on_shift' | 'owns_open_sos'>;
  /** Ends the open shift and decides who goes on with its SOS. Repeated, the shift that it ended. */
  handOver(key: CommandKey, to: HandOver): Promise<DispatcherShift | 'not_on_shift' | 'bad_request'>;
  get(shiftId: string): Promise<DispatcherShift | null>;
  /** Open ones, or all with the newest first. */
  list(openOnly: boolean, before: string | null, limit: number): Promise<readonly DispatcherShift[]>;
  unfinished(limit: number): Promise<readonly DispatcherShift[]>;
  /** Open SOS of this dispatcher. */
  ownedBy(userId: string): Promise<readonly string[]>;
  /** One more has gone over. */
  handed(shiftId: string, sosId: string): Promise<void>;
  /** Everything has gone over; the receiver's inbox says so. Empty when that was written before. */
  handedOver(shiftId: string): Promise<readonly LogEvent[]>;
}
