import { AHEAD_MS, type Rule, wrong } from './rule.ts';

/** Who sends what to whom, and who may change what of it. */
export const letterRule: Rule = (type, after, before, context) => {
  if (!type.letter) return null;
  return before === null ? sent(type, after, before, context) : changed(type, after, before, context);
};

/** Nobody writes in the name of somebody else; one of the two is the patient, and whom it is for is there for it. */
const sent: Rule = ({ letter }, after, _before, { byUserId, of: { person, audience } }) => {
  if (!letter) return null;
  const { from, to, readAt } = letter;
  if (after[from] !== byUserId) return wrong(from, 'author', 'is whoever writes it');
  if (after[to] === byUserId) return wrong(to, 'other', 'is whoever writes it');
  if ((after[readAt] ?? null) !== null) return wrong(readAt, 'recipient', 'is for whoever it is for to say');
  const account = person?.userId ?? null;
  if (account === null) return wrong(to, 'account', 'the patient has no account');
  if (byUserId !== account && after[to] !== account) return wrong(to, 'patient', 'is not the patient');
  return audience?.includes(String(after[to]))
    ? null
    : wrong(to, 'care_team', 'does not care for the patient');
};

/** Whoever it is for says that it was read and nothing else; until then whoever wrote it may correct the words. */
const changed: Rule = ({ letter, fields }, after, before, { byUserId, nowMs }) => {
  if (!letter || before === null) return null;
  const { from, to, readAt } = letter;
  const differs = (name: string) => (after[name] ?? null) !== (before[name] ?? null);
  const fixed = [from, to, ...letter.of].find(differs);
  if (fixed !== undefined) return wrong(fixed, 'fixed', 'stays as it was sent');
  if (byUserId === after[to]) {
    const words = Object.keys(fields).find((name) => name !== readAt && differs(name));
    if (words !== undefined) return wrong(words, 'author', 'is corrected by whoever wrote it');
    if (!differs(readAt)) return null;
    if (before[readAt] !== null) return wrong(readAt, 'fixed', 'what was read stays read');
    return Number(after[readAt]) > nowMs + AHEAD_MS ? wrong(readAt, 'past', 'lies ahead') : null;
  }
  if (differs(readAt)) return wrong(readAt, 'recipient', 'is for whoever it is for to say');
  return before[readAt] === null ? null : wrong('body', 'read', 'what was read is not corrected any more');
};
