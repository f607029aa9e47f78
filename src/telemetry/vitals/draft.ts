import { type AlertType, type Finding, SEVERITIES, type Severity } from './finding.ts';
import type { JudgeState, Told } from './judge-state.ts';
import { type Latch, type Look, step } from './latch.ts';

/** What is seen of one condition at one sample. */
export interface Seen {
  readonly type: AlertType;
  readonly condition: string;
  /** Null: it does not hold. */
  readonly severity: Severity | null;
  /** It is seen in this very sample, not merely not over yet. */
  readonly isSeenNow: boolean;
  readonly atMs: number;
  readonly repeatMs: number;
  /** Asked for only when there is something to find. */
  detail(): Finding['detail'];
}

type Changing = { -readonly [K in keyof JudgeState]: JudgeState[K] };

/** A state on its way to the next one, and what is found on the way. Copies only what changes. */
export class Draft {
  readonly state: Changing;
  readonly findings: Finding[] = [];
  readonly #personId: string;

  constructor(before: JudgeState, personId: string) {
    this.state = { ...before };
    this.#personId = personId;
  }

  /** Moves one latch on, and answers how it is now. */
  latch(key: string, look: Look): Latch | null {
    const before = this.state.latches[key] ?? null;
    const after = step(before, look);
    if (after !== before) this.#set(key, after);
    return after;
  }

  dropLatches(isDropped: (key: string) => boolean): void {
    for (const key of Object.keys(this.state.latches)) if (isDropped(key)) this.#set(key, null);
  }

  /** Finds a condition when it begins, worsens, is seen again after the repeat time, or ends. */
  settle({ type, condition, severity, isSeenNow, atMs, repeatMs, detail }: Seen): void {
    const told = this.state.told[condition];
    if (severity === null) {
      if (told) this.end(condition, told, atMs, detail());
      return;
    }
    const isNews = !told || isHigher(severity, told.severity) || (isSeenNow && atMs - told.atMs >= repeatMs);
    if (isNews) this.#find({ type, condition, state: 'holds', severity, atMs, detail: detail() });
    if (isNews || severity !== told.severity) {
      this.state.told = {
        ...this.state.told,
        [condition]: { type, severity, atMs: isNews ? atMs : told.atMs },
      };
    }
  }

  end(condition: string, { type, severity }: Told, atMs: number, detail: Finding['detail']): void {
    const { [condition]: _, ...others } = this.state.told;
    this.state.told = others;
    this.#find({ type, condition, state: 'over', severity, atMs, detail });
  }

  #find(finding: Omit<Finding, 'personId'>): void {
    this.findings.push({ personId: this.#personId, ...finding });
  }

  #set(key: string, latch: Latch | null): void {
    const { [key]: _, ...others } = this.state.latches;
    this.state.latches = latch === null ? others : { ...others, [key]: latch };
  }
}

const isHigher = (one: Severity, other: Severity) => SEVERITIES.indexOf(one) > SEVERITIES.indexOf(other);
