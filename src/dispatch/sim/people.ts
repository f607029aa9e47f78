import { destination, distanceM, type LatLng } from '../../geo/lat-lng.ts';
import type { Traits } from '../roster.ts';
import type { Chance } from './chance.ts';
import type { Client } from './client.ts';

export type Role = 'responder' | 'requester' | 'dispatcher';

/** Somebody in the simulated town, with the app they have. */
export interface Person {
  readonly userId: string;
  readonly role: Role;
  readonly client: Client;
  point: LatLng;
  /** Where they are going; null: nowhere in particular. */
  goal: LatLng | null;
  traits: Traits | null;
}

const TOWN: LatLng = { lat: 47.3769, lng: 8.5417 };
const TOWN_RADIUS_M = 3_000;
const SPEED_M_PER_STEP = 120;

export function somewhere(chance: Chance): LatLng {
  return destination(TOWN, chance.between(0, 360), TOWN_RADIUS_M * Math.sqrt(chance.random()));
}

/** One step of somebody: on to where they are going, or about. */
export function step(person: Person, chance: Chance): void {
  const { goal } = person;
  if (!goal) {
    person.point = destination(person.point, chance.between(0, 360), chance.between(0, 40));
    return;
  }
  const leftM = distanceM(person.point, goal);
  if (leftM <= SPEED_M_PER_STEP) person.point = goal;
  else {
    const share = SPEED_M_PER_STEP / leftM;
    const { lat, lng } = person.point;
    person.point = { lat: lat + (goal.lat - lat) * share, lng: lng + (goal.lng - lng) * share };
  }
}

export function drawnTraits(userId: string, chance: Chance, asOfMs: number): Traits {
  const skills = chance.one<readonly string[]>(
    ['FIRST_AID'],
    ['FIRST_AID', 'CPR'],
    ['CPR'],
    ['MEDICAL_PROFESSIONAL'],
    ['MEDICAL_PROFESSIONAL', 'CPR'],
    ['DRIVER'],
  );
  const duty = chance.hits(0.15)
    ? { timezone: 'UTC', shifts: [], quietHours: null, restAfterAlertMs: 8_000, certificates: [] }
    : undefined;
  return { userId, skills, verified: chance.hits(0.9), available: chance.hits(0.9), asOfMs, duty };
}
