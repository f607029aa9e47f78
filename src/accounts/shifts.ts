import { ok, type Result, refused } from '../lib/result.ts';
import type { Queryable } from '../store/db.ts';
import type { PeopleContext } from './people-context.ts';
import { ADD_SHIFTS, DROP_SHIFTS, DUTY, type DutyRow, SET_DUTY, SHIFTS, type ShiftRow } from './sql/duty.ts';
import { LOCK_USER } from './sql/users.ts';
import type { Principal } from './types.ts';
import { volunteerChanged } from './volunteers.ts';

/** A weekly shift. ISO weekday (Monday is 1) and minutes of that local day; an end not after the start is tomorrow's. */
export interface Shift {
  readonly weekday: number;
  readonly fromMin: number;
  readonly toMin: number;
  /** IANA name. */
  readonly timezone: string;
}

/** When somebody who is available may be alerted. */
export interface DutyView {
  /** None: whenever they are available. */
  readonly shifts: readonly Shift[];
  /** Every day, in minutes of the day of the person's own time zone. */
  readonly quietHours: { readonly fromMin: number; readonly toMin: number } | null;
  /** How long they are left alone after an alert; 0: not at all. */
  readonly restAfterAlertMin: number;
}

export const SHIFTS_MAX = 50;

export interface Shifts {
  duty(by: Principal): Promise<Result<DutyView, 'forbidden'>>;
  /** Replaces all of it. For those who help. */
  setDuty(by: Principal, duty: DutyView): Promise<Result<DutyView, 'forbidden'>>;
}

export function openShifts(context: PeopleContext): Shifts {
  const { db, newId } = context;
  return {
    async duty(by) {
      const duty = await dutyOf(db, by.userId);
      return duty ? ok(duty) : refused('forbidden');
    },

    async setDuty(by, { shifts, quietHours, restAfterAlertMin }) {
      return db.transaction(async (tx) => {
        await tx.query(LOCK_USER, [by.userId]);
        const times = [quietHours?.fromMin ?? null, quietHours?.toMin ?? null, restAfterAlertMin];
        const [found] = await tx.query(SET_DUTY, [by.userId, ...times]);
        if (!found) return refused('forbidden');
        await tx.query(DROP_SHIFTS, [by.userId]);
        await tx.query(ADD_SHIFTS, [
          by.userId,
          shifts.map(() => newId()),
          shifts.map((shift) => shift.weekday),
          shifts.map((shift) => shift.fromMin),
          shifts.map((shift) => shift.toMin),
          shifts.map((shift) => shift.timezone),
        ]);
        await volunteerChanged(context, tx, by.userId);
        const duty = await dutyOf(tx, by.userId);
        return duty ? ok(duty) : refused('forbidden');
      });
    },
  };
}

async function dutyOf(db: Queryable, userId: string): Promise<DutyView | null> {
  const [row] = await db.query<DutyRow>(DUTY, [userId]);
  if (!row) return null;
  const shifts = await db.query<ShiftRow>(SHIFTS, [userId]);
  const { quiet_from_min: fromMin, quiet_to_min: toMin } = row;
  return {
    shifts: shifts.map(({ weekday, from_min, to_min, timezone }) => ({
      weekday,
      fromMin: from_min,
      toMin: to_min,
      timezone,
    })),
    quietHours: fromMin === null || toMin === null ? null : { fromMin, toMin },
    restAfterAlertMin: row.rest_after_alert_min,
  };
}
