import type { Step } from './step.ts';

const TITLES: Readonly<Record<string, string>> = {
  fall: 'A fall was detected',
  panic: 'The panic button was pressed',
  no_motion: 'No motion any more',
  news2_high: 'NEWS2 is high',
  news2_medium: 'NEWS2 is raised',
  news2_low: 'NEWS2 is low',
  news2_red: 'One vital sign alone is at 3 points of NEWS2',
};

const SIGNS: Readonly<Record<string, string>> = {
  heart_rate: 'Heart rate',
  systolic: 'Systolic blood pressure',
  diastolic: 'Diastolic blood pressure',
  blood_pressure: 'Blood pressure',
  spo2: 'Oxygen saturation',
  respiration: 'Respiration rate',
  temperature: 'Temperature',
  oxygen: 'Oxygen flow',
  weight: 'Weight',
  glucose: 'Glucose',
  consciousness: 'Consciousness',
};

const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1).replaceAll('_', ' ')}`;
const signOf = (name: string) => SIGNS[name] ?? sentence(name);

/** What it is about in a few words, without any value. */
export function titleOf({ condition }: Pick<Step, 'condition'>): string {
  const known = TITLES[condition];
  if (known) return known;
  const silent = /^no_data_(.+)$/.exec(condition);
  if (silent) return `No data any more: ${signOf(silent[1] ?? '').toLowerCase()}`;
  const crossed = /^(.+)_(high|low)$/.exec(condition);
  if (crossed) return `${signOf(crossed[1] ?? '')} is too ${crossed[2]}`;
  return sentence(condition);
}

/** What was seen, in words: health data. */
export function messageOf(step: Pick<Step, 'condition' | 'detail'>): string {
  const { late, ...seen } = step.detail;
  const said = Object.entries(seen)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${sentence(spaced(name)).toLowerCase()} ${String(value)}`);
  const what = said.length === 0 ? titleOf(step) : `${titleOf(step)}: ${said.join(', ')}`;
  return late === true ? `${what}. It was sent late: it says how it was, not how it is.` : `${what}.`;
}

/** `limitBpm` as `limit bpm`. */
const spaced = (name: string) => name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_');

/** What is sent to mail and phones when nobody has acknowledged: where it lands is nobody's to say, so it tells nothing. */
export const UNANSWERED = {
  subject: 'An alert waits for you in Muster',
  body: 'Somebody you care for has an alert in Muster that nobody has acknowledged yet. Please look at it there.',
  lifeMs: 60 * 60_000,
} as const;
