import { distanceM, type LatLng } from '../../geo/lat-lng.ts';
import type { Traits } from '../roster.ts';
import { fits } from '../skills.ts';
import type { Timeline } from './timeline.ts';

/** How somebody stands, and since when and until when they last stood otherwise. */
interface Fact {
  is: boolean;
  sinceMs: number;
}

interface Known {
  traits: Traits;
  point: LatLng | null;
  locatedAtMs: number;
  skillsBefore: readonly string[];
  skillsChangedAtMs: number;
  sessions: number;
  readonly verified: Fact;
  readonly available: Fact;
  readonly connected: Fact;
}

/** For so long a node may not have heard of what has changed elsewhere: presence, duty, a node that died. */
export const HEARSAY_MS = 5_000;

/**
 * How people really stand, whatever any node believes: the judge's own account, kept apart from every roster. It answers
 * by time: whether something was so at some moment lately, or has been so all the while.
 */
export class Truth {
  readonly #timeline: Timeline;
  readonly #people = new Map<string, Known>();

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  get everybody(): readonly Traits[] {
    return [...this.#people.values()].map(({ traits }) => traits);
  }

  traitsOf(userId: string): Traits | undefined {
    return this.#people.get(userId)?.traits;
  }

  ids(): readonly string[] {
    return [...this.#people.keys()];
  }

  setTraits(traits: Traits): void {
    const nowMs = this.#timeline.nowMs;
    const known = this.#people.get(traits.userId);
    if (!known) {
      const fact = (is: boolean): Fact => ({ is, sinceMs: nowMs });
      this.#people.set(traits.userId, {
        traits,
        point: null,
        locatedAtMs: Number.NEGATIVE_INFINITY,
        skillsBefore: traits.skills,
        skillsChangedAtMs: Number.NEGATIVE_INFINITY,
        sessions: 0,
        verified: fact(traits.verified),
        available: fact(traits.available),
        connected: fact(false),
      });
      return;
    }
    if (known.traits.skills !== traits.skills) {
      known.skillsBefore = known.traits.skills;
      known.skillsChangedAtMs = nowMs;
    }
    known.traits = traits;
    this.#set(known.verified, traits.verified);
    this.#set(known.available, traits.available);
  }

  located(userId: string, point: LatLng): void {
    const known = this.#people.get(userId);
    if (!known) return;
    known.point = point;
    known.locatedAtMs = this.#timeline.nowMs;
  }

  /** A living node has one socket of theirs more, or one less. */
  connected(userId: string, by: 1 | -1): void {
    const known = this.#people.get(userId);
    if (!known) return;
    known.sessions += by;
    this.#set(known.connected, known.sessions > 0);
  }

  /** Why they can't have been believed fit to be asked at any moment lately; null: they can. */
  whyNeverLately(
    userId: string,
    wanted: { skills: readonly string[]; fixMaxAgeMs: number; needsAvailable: boolean; needsFix: boolean },
  ): string | null {
    const known = this.#people.get(userId);
    if (!known) return 'nobody who offers help';
    if (!this.#lately(known.verified)) return 'not verified';
    if (wanted.needsAvailable && !this.#lately(known.available)) return 'not available';
    if (!this.#lately(known.connected)) return 'not connected';
    const ageMs = this.#timeline.nowMs - known.locatedAtMs;
    if (wanted.needsFix && ageMs > wanted.fixMaxAgeMs + HEARSAY_MS) return `located ${ageMs} ms ago`;
    const skillsHeld = fits(known.traits.skills, wanted.skills);
    const skillsHeldLately =
      skillsHeld || (this.#isRecent(known.skillsChangedAtMs) && fits(known.skillsBefore, wanted.skills));
    return skillsHeldLately ? null : 'not qualified';
  }

  /** Whether every node has to know them as fit to be asked, within this circle. */
  isSurelyFit(
    userId: string,
    wanted: { skills: readonly string[]; fixMaxAgeMs: number; point: LatLng; radiusM: number },
  ): boolean {
    const known = this.#people.get(userId);
    if (!known?.point || known.traits.duty) return false;
    const longSo = [known.verified, known.available, known.connected].every(
      ({ is, sinceMs }) => is && !this.#isRecent(sinceMs),
    );
    const ageMs = this.#timeline.nowMs - known.locatedAtMs;
    return (
      longSo &&
      !this.#isRecent(known.skillsChangedAtMs) &&
      fits(known.traits.skills, wanted.skills) &&
      ageMs < wanted.fixMaxAgeMs - HEARSAY_MS &&
      distanceM(known.point, wanted.point) < wanted.radiusM - SURELY_WITHIN_M
    );
  }

  #lately({ is, sinceMs }: Fact): boolean {
    return is || this.#isRecent(sinceMs);
  }

  #isRecent(atMs: number): boolean {
    return this.#timeline.nowMs - atMs <= HEARSAY_MS;
  }

  #set(fact: Fact, is: boolean): void {
    if (fact.is === is) return;
    fact.is = is;
    fact.sinceMs = this.#timeline.nowMs;
  }
}

/** Farther than anybody moves while a node has not heard of it. */
const SURELY_WITHIN_M = 300;
