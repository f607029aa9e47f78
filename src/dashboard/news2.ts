import type { CareRow } from '../client/index.ts';
import { durationText } from './strings/format.ts';
import { t } from './strings/index.ts';

export type Score = NonNullable<CareRow['news2']>;
type Risk = Score['risk'];

/** What a score looks like; the words say the same as the colour. */
export interface ScoreLook {
  readonly tone: 'good' | 'medium' | 'high' | 'critical' | 'plain';
  /** `7`, `≥ 5` when something lacks, `–` when there is none. */
  readonly text: string;
  readonly words: string;
  readonly isStale: boolean;
}

/** Streams are counted for half an hour; an older score says how somebody was. */
const STALE_AFTER_MS = 30 * 60_000;
const TONES: Readonly<Record<Risk, ScoreLook['tone']>> = {
  low: 'good',
  low_medium: 'medium',
  medium: 'high',
  high: 'critical',
};

export function scoreLook(score: CareRow['news2'], nowMs: number): ScoreLook {
  if (!score) return { tone: 'plain', text: '–', words: t('care.score_none'), isStale: false };
  const { total, atLeast, risk, atMs } = score;
  const ageMs = nowMs - atMs;
  const isStale = ageMs > STALE_AFTER_MS;
  const known = total === null ? t('care.score_at_least', { n: atLeast }) : t(`care.risk_${risk}`);
  const parts = [
    known,
    ...(total === null ? [t('care.score_incomplete')] : []),
    ...(isStale ? [t('care.score_old', { age: durationText(ageMs) })] : []),
  ];
  // What is certain of an incomplete score is acted on; a low one is no all-clear.
  const tone = total === null && risk === 'low' ? 'plain' : TONES[risk];
  return { tone, text: total === null ? `≥ ${atLeast}` : String(total), words: parts.join(', '), isStale };
}

/** 0 to 3, and 0 for none: for sorting. */
export const riskRank = (score: CareRow['news2']): number =>
  score === null ? 0 : ['low', 'low_medium', 'medium', 'high'].indexOf(score.risk);
