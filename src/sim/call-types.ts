import type { UpBody } from '../protocol/up.ts';
import { parsePairs } from './columns.ts';
import { UsageError } from './usage-error.ts';

export type EmergencyType = UpBody<'sos.create'>['emergencyType'];
export type Priority = UpBody<'sos.create'>['priority'];

const EMERGENCY_TYPES = ['MEDICAL', 'FIRE', 'ACCIDENT', 'CRIME', 'NATURAL_DISASTER', 'OTHER'] as const;
const PRIORITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const;

/** What a call type of San Francisco's fire department stands for; any other is `OTHER`. */
const SAN_FRANCISCO_TYPES: Readonly<Record<string, EmergencyType>> = {
  'Medical Incident': 'MEDICAL',
  Alarms: 'FIRE',
  'Structure Fire': 'FIRE',
  'Outside Fire': 'FIRE',
  'Vehicle Fire': 'FIRE',
  'Smoke Investigation (Outside)': 'FIRE',
  Explosion: 'FIRE',
  'Traffic Collision': 'ACCIDENT',
  'Elevator / Escalator Rescue': 'ACCIDENT',
  'Water Rescue': 'ACCIDENT',
  'Industrial Accidents': 'ACCIDENT',
  'Assist Police': 'CRIME',
};

/** San Francisco's priorities: E(cho) is the most urgent, 3 goes with lights and siren, 2 without; else `MEDIUM`. */
const SAN_FRANCISCO_PRIORITIES: Readonly<Record<string, Priority>> = {
  E: 'CRITICAL',
  '3': 'HIGH',
  '2': 'MEDIUM',
  '1': 'LOW',
};

/** How the words of a calls file become an emergency type and a priority. */
export interface CallWords {
  type(word: string): EmergencyType;
  priority(word: string): Priority;
}

/** The table of San Francisco, with what the operator's flags add or replace. */
export function callWords(types?: string, priorities?: string): CallWords {
  const typeOf = table(SAN_FRANCISCO_TYPES, EMERGENCY_TYPES, types, '--calls-types');
  const priorityOf = table(SAN_FRANCISCO_PRIORITIES, PRIORITIES, priorities, '--calls-priorities');
  return {
    type: (word) => typeOf.get(word.trim()) ?? 'OTHER',
    priority: (word) => priorityOf.get(word.trim()) ?? 'MEDIUM',
  };
}

function table<T extends string>(
  defaults: Readonly<Record<string, T>>,
  allowed: readonly T[],
  added: string | undefined,
  flag: string,
): Map<string, T> {
  const map = new Map(Object.entries(defaults));
  for (const [word, value] of added === undefined ? [] : parsePairs(added, flag)) {
    const known = allowed.find((name) => name === value);
    if (!known) throw new UsageError(`${flag}: "${value}" is none of ${allowed.join(', ')}.`);
    map.set(word, known);
  }
  return map;
}
