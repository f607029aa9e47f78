import { refused } from '../lib/result.ts';
import type { AnyRecordType } from '../schema/records/all.ts';
import type { Family } from '../schema/records/define.ts';
import { letterRule } from './letters.ts';
import type { Row } from './rows.ts';
import { AHEAD_MS, type Rule, type RuleContext, type Wrong, wrong } from './rule.ts';

/** The place on earth where it is tomorrow already. */
const TOMORROW_MS = 14 * 3_600_000;

/** What was done can't lie ahead. */
const notAhead: Rule = ({ at, fields }, after, _before, { nowMs }) => {
  if (at === undefined) return null;
  const value = after[at];
  const isDay = fields[at]?.sqlType === 'date';
  const atMs = isDay ? Date.parse(`${String(value)}T00:00:00Z`) : Number(value);
  return atMs > nowMs + (isDay ? TOMORROW_MS : AHEAD_MS) ? wrong(at, 'past', 'lies ahead') : null;
};

/** A span ends after it begins. */
const spanEnds: Rule = ({ span }, after) => {
  if (span === undefined) return null;
  const [from, until] = [after[span.from], after[span.until]];
  if (from == null || until == null) return null;
  const isBackwards =
    typeof from === 'number' && typeof until === 'number' ? until < from : String(until) < String(from);
  return isBackwards ? wrong(span.until, 'order', `is before ${span.from}`) : null;
};

/** A status begins at the first step, and goes on by those that are declared. */
const stepAllowed: Rule = ({ steps }, after, before) => {
  if (steps === undefined) return null;
  const to = String(after[steps.field]);
  if (before === null) {
    const [first] = Object.keys(steps.to);
    return to === first ? null : refused('step_not_allowed', `${steps.field}: begins as ${first}`);
  }
  const from = String(before[steps.field]);
  const open = steps.to[from] ?? [];
  if (to === from || open.includes(to)) return null;
  const next = open.length === 0 ? `${from} is the last step` : `after ${from} comes ${open.join(' or ')}`;
  return refused('step_not_allowed', `${steps.field}: ${next}`);
};

/** What is over is not changed any more, but by the step that ends it. */
const notOver: Rule = ({ steps }, _after, before) => {
  if (steps === undefined || before === null) return null;
  const from = String(before[steps.field]);
  return steps.to[from]?.length === 0
    ? refused('step_not_allowed', `${steps.field}: ${from} is the last step`)
    : null;
};

/** Nobody writes in the name of somebody else, and who wrote it stays its author. */
const ofItsAuthor: Rule = ({ author }, after, before, { byUserId }) => {
  if (author === undefined || after[author] === (before === null ? byUserId : before[author])) return null;
  return wrong(author, 'author', before === null ? 'is whoever writes it' : 'stays who wrote it');
};

/** Nobody signs for the author, and what was signed stays signed. */
const signedByAuthor: Rule = ({ author, signed }, after, before, { byUserId }) => {
  if (author === undefined || signed === undefined) return null;
  const [was, is] = [before?.[signed] ?? null, after[signed] ?? null];
  if (was === is) return null;
  if (was !== null) return wrong(signed, 'fixed', 'stays as it was signed');
  return after[author] === byUserId ? null : wrong(signed, 'author', 'is signed by its author alone');
};

/** Once its author stood by it, whoever changes it says why. */
const saysWhy: Rule = ({ signed }, _after, before, { reason }) => {
  if (signed === undefined || before === null || before[signed] === null) return null;
  return reason === null ? wrong('reason', 'required', 'a signed record is changed for a reason') : null;
};

/** What others decide is said by them alone, and what they have settled is changed by them alone. */
const saidByThoseWhoDecide: Rule = ({ decided, steps, fields }, after, before, { of }) => {
  if (decided === undefined || of.mayDecide) return null;
  const theirs = (field: string) => refused('forbidden', `${field} (decided): others decide that`);
  const was = (name: string) => before?.[name] ?? null;
  const differs = (name: string) => JSON.stringify(after[name] ?? null) !== JSON.stringify(was(name));
  const said = decided.fields.find(differs);
  if (said !== undefined) return theirs(said);
  if (steps === undefined || before === null) return null;
  const { field } = steps;
  if (differs(field) && decided.steps.includes(String(after[field]))) return theirs(field);
  if (!decided.settled?.includes(String(before[field]))) return null;
  const changed = Object.keys(fields).find((name) => name !== field && differs(name));
  return changed === undefined ? null : theirs(changed);
};

const RULES: Readonly<Record<Family, readonly Rule[]>> = {
  log_entry: [notAhead, spanEnds, letterRule],
  booking: [notOver, stepAllowed, spanEnds],
  order: [ofItsAuthor, notOver, stepAllowed, spanEnds],
  result: [ofItsAuthor, signedByAuthor, saysWhy, notAhead],
  standing_fact: [spanEnds],
  catalogue: [stepAllowed],
};

/** The first rule of its family that a record breaks. Pure. */
export function breaks(
  type: AnyRecordType,
  after: Row,
  before: Row | null,
  context: RuleContext,
): Exclude<Wrong, null> | null {
  for (const rule of [saidByThoseWhoDecide, ...RULES[type.family]]) {
    const found = rule(type, after, before, context);
    if (found) return found;
  }
  return null;
}
