import { must } from '../../lib/assert.ts';
import type { Result } from '../../lib/result.ts';
import { arrivalOf } from '../arrival.ts';
import { apply, begin, type Happened } from '../machine/apply.ts';
import type {
  Actor,
  Candidate,
  Search,
  SosCommand,
  SosCreation,
  SosRefusal,
  Surroundings,
} from '../machine/commands.ts';
import { decide, decideCreation } from '../machine/decide.ts';
import type { SosEvent } from '../machine/events.ts';
import type { SosState } from '../machine/state.ts';
import { dueAtMs } from '../machine/time.ts';
import { comesBefore } from '../match.ts';
import type { PolicyBody } from '../policy.ts';
import type { Rule } from '../rule.ts';
import { fits } from '../skills.ts';
import { policyWith, RESPONDER_SKILLS } from './policy.ts';

export const REQUESTER: Actor = { userId: 'requester', isDispatcher: false };
export const DISPATCHER: Actor = { userId: 'dispatcher', isDispatcher: true };
export const person = (userId: string): Actor => ({ userId, isDispatcher: false });

interface Person {
  distanceM: number;
  eligible: boolean;
  skills: readonly string[];
}

const NO_HISTORY = { observedMps: null, asked: 0, accepted: 0, alerts7: 0, alerts30: 0 };
const SCENE = { around: 10, isNight: false };

/** One SOS and the people around it, on a clock that is set by hand: the machine without anything else. */
export class World {
  nowMs = 1_000_000;
  readonly people = new Map<string, Person>();
  readonly policy: PolicyBody;
  readonly log: Happened[] = [];
  /** Who holds a slot of another SOS. */
  readonly busy = new Set<string>();
  #state: SosState | null = null;
  #ids = 0;

  constructor(people: Readonly<Record<string, number>>, rule: Partial<Rule> = {}) {
    this.policy = policyWith(rule);
    for (const [id, distanceM] of Object.entries(people)) {
      this.people.set(id, { distanceM, eligible: true, skills: RESPONDER_SKILLS });
    }
  }

  get state(): SosState {
    return must(this.#state, 'an SOS that was raised');
  }

  get dueAtMs(): number | null {
    return dueAtMs(this.state, this.around());
  }

  raise(more: Partial<SosCreation> = {}): this {
    const events = decideCreation(
      'sos',
      {
        emergencyType: 'MEDICAL',
        priority: 'HIGH',
        point: { lat: 0, lng: 0 },
        description: null,
        requesterId: REQUESTER.userId,
        origin: 'person',
        raisedBy: REQUESTER.userId,
        alertId: null,
        callbackNumber: null,
        addressText: null,
        isDrill: false,
        drillFor: null,
        ...more,
      },
      this.around(),
    );
    this.happen(events);
    return this;
  }

  ask(actor: Actor, command: SosCommand): Result<readonly SosEvent[], SosRefusal> {
    const decision = decide(this.state, command, actor, this.around());
    if (decision.ok) this.happen(decision.value);
    return decision;
  }

  offerOf(responderId: string): string {
    const mine = [...this.state.offers.values()].filter((offer) => offer.responderId === responderId);
    return mine.at(-1)?.id ?? 'no such offer';
  }

  accept(responderId: string) {
    return this.ask(person(responderId), { type: 'accept', offerId: this.offerOf(responderId) });
  }

  decline(responderId: string) {
    return this.ask(person(responderId), { type: 'decline', offerId: this.offerOf(responderId) });
  }

  /** Lets time pass up to the next deadline and looks at it. */
  tick(): void {
    this.nowMs = Math.max(this.nowMs, this.dueAtMs ?? this.nowMs);
    this.ask(NOBODY, { type: 'tick' });
  }

  mayBeAsked(responderId: string): boolean {
    return this.people.get(responderId)?.eligible === true && !this.busy.has(responderId);
  }

  around(): Surroundings {
    return {
      nowMs: this.nowMs,
      policy: { version: 1, body: this.policy },
      newId: () => `offer-${++this.#ids}`,
      search: (search) => ({ scene: SCENE, candidates: this.#search(search) }),
      explain: () => ({ excluded: [], excludedCounts: {} }),
      isQualified: (id, skills) => fits(this.people.get(id)?.skills ?? [], skills),
      isEligible: (id, skills) =>
        this.people.get(id)?.eligible === true && fits(this.people.get(id)?.skills ?? [], skills),
      reasonAgainst: (id) =>
        this.people.has(id) ? (this.mayBeAsked(id) ? null : 'not_available') : 'unknown',
      holding: (id) => (this.busy.has(id) ? 'another' : null),
      duplicatesOf: () => [],
    };
  }

  #search(search: Search): Candidate[] {
    if (search.only !== null) return this.#ranked(search, [search.only]);
    const first = this.#ranked({ ...search, radiusM: Number.POSITIVE_INFINITY }, search.first);
    const others = [...this.people.keys()].filter((id) => !first.some((c) => c.responderId === id));
    return [...first, ...this.#ranked(search, others).slice(0, search.limit)];
  }

  #ranked({ radiusM, not, skills, rule }: Search, ids: readonly string[]): Candidate[] {
    return ids
      .flatMap((responderId) => {
        const p = this.people.get(responderId);
        const isFit = p && this.mayBeAsked(responderId) && p.distanceM <= radiusM && fits(p.skills, skills);
        if (!isFit || not.has(responderId)) return [];
        const inputs = { distanceM: p.distanceM, ...NO_HISTORY };
        return [{ responderId, ...inputs, ...arrivalOf(inputs, SCENE, rule) }];
      })
      .sort((a, b) => (comesBefore(a, b) ? -1 : 1));
  }

  /** Takes events that were decided elsewhere, such as of two SOS at once. */
  happen(events: readonly SosEvent[]): void {
    for (const event of events) {
      const happened = { ...event, seq: (this.#state?.seq ?? 0) + 1, atMs: this.nowMs };
      this.log.push(happened);
      this.#state = this.#state ? apply(this.#state, happened) : begin('sos', happened);
    }
  }
}

const NOBODY: Actor = { userId: '', isDispatcher: false };

/** The state that a log alone leads to. */
export function replayed(log: readonly Happened[]): SosState {
  const [first, ...rest] = log;
  return rest.reduce(apply, begin('sos', must(first, 'a first event')));
}
