import type { Finding } from '../vitals/finding.ts';
import { VITAL_SIGNS, type VitalName } from '../vitals/vitals.ts';
import { VITAL_WORDS } from '../vitals/words.ts';

/** What is sent to mail and phones when nobody has acknowledged: where it lands is nobody's to say, so it tells nothing. */
export const UNANSWERED = {
  subject: 'An alert waits for you in Muster',
  body: 'Somebody you care for has an alert in Muster that nobody has acknowledged yet. Please look at it there.',
  lifeMs: 60 * 60_000,
} as const;

const TITLES: Readonly<Record<string, string>> = {
  fall: 'A fall was detected',
  panic: 'The panic button was pressed',
  no_motion: 'No motion any more',
  news2_high: 'NEWS2 is high',
  news2_medium: 'NEWS2 is medium',
  news2_low_medium: 'NEWS2: one vital sign alone scores 3',
  weight_gain: 'Weight rises quickly',
};

const SIGNS: Readonly<Record<string, string>> = {
  heart_rate: 'Heart rate',
  systolic: 'Systolic blood pressure',
  diastolic: 'Diastolic blood pressure',
  spo2: 'Oxygen saturation',
  respiration: 'Respiration rate',
  temperature: 'Temperature',
  oxygen: 'Oxygen flow',
  weight: 'Weight',
  glucose: 'Glucose',
  consciousness: 'Consciousness',
};

const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1).replaceAll('_', ' ')}`;
const signOf = (word: string) => SIGNS[word] ?? sentence(word);

/** What it is about in a few words, without any value. */
export function titleOf(condition: string): string {
  const known = TITLES[condition];
  if (known) return known;
  const [, kind = '', sign = ''] = /^(no_data|implausible)_(.+)$/.exec(condition) ?? [];
  if (kind === 'no_data') return `No data any more: ${signOf(sign)}`;
  if (kind === 'implausible') return `Implausible values: ${signOf(sign)}`;
  const crossed = /^(.+)_(high|low)$/.exec(condition);
  return crossed ? `${signOf(crossed[1] ?? '')} is too ${crossed[2]}` : sentence(condition);
}

type Seen = Pick<Finding, 'condition' | 'detail'>;

/** What was seen, in a sentence: health data. */
export function messageOf({ condition, detail }: Seen): string {
  const what = [titleOf(condition), measuredIn(detail), scoredIn(detail)].filter((part) => part !== null);
  const late = detail.late === true ? ' It was sent late: it says how it was, not how it is.' : '';
  return `${what.join(': ')}.${late}`;
}

const isVital = (name: unknown): name is VitalName =>
  typeof name === 'string' && Object.hasOwn(VITAL_SIGNS, name);

function measuredIn({ vital, value, limit, isSure }: Seen['detail']): string | null {
  if (value === null || value === undefined) return null;
  const [sign, unit] = isVital(vital)
    ? [signOf(VITAL_WORDS[vital]).toLowerCase(), ` ${VITAL_SIGNS[vital].unit}`]
    : [String(vital ?? 'value'), ''];
  const beyond = typeof limit === 'number' ? `, the limit is ${limit}` : '';
  const single = isSure === false ? ', a single value that nothing confirms' : '';
  return `${sign} ${String(value)}${unit}${beyond}${single}`;
}

function scoredIn({ total, atLeast }: Seen['detail']): string | null {
  if (typeof total === 'number') return `${total} points`;
  return typeof atLeast === 'number' ? `at least ${atLeast} points, not all is known` : null;
}
