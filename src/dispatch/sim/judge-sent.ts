import { isHolder, isRequester, type SosState } from '../machine/state.ts';
import { isJoinedOnly, type Viewer } from '../view.ts';
import type { Judge } from './judge.ts';
import type { MemoryDb } from './memory-db.ts';
import { type SimNode, splitStream } from './node.ts';
import type { Frame } from './subscriber.ts';

/** What gives away where somebody is or who they are, in a frame to somebody who was only asked. */
const EXACT = ['point', 'lat', 'lng', 'requesterId', 'description', 'callbackNumber', 'addressText'];
/** From what a node has read of the log to what it sends. */
const SENT_WITHIN_MS = 3_000;

/** One frame at the moment it is sent: whether its viewer may have it (invariant 6), and whether the log has it so. */
export function judgeSent(
  frame: Frame,
  viewer: Viewer,
  node: SimNode,
  { judge, db, nowMs }: { judge: Judge; db: MemoryDb; nowMs: number },
): void {
  if (frame.kind === 'ended' || frame.kind === 'failed') return;
  const [kind, id] = splitStream(frame.stream);
  const content = frame.kind === 'event' ? frame.data : frame.view;
  if (frame.kind === 'event' && db.streams.get(frame.stream)?.[frame.seq - 1]?.type !== frame.type)
    judge.fault('5', `${frame.stream} ${frame.seq} was sent as ${frame.type}`);
  if (kind === 'inbox') {
    if (viewer.userId !== id) judge.fault('6', `${viewer.userId} is sent ${frame.stream}`);
    if (frame.kind === 'event' && frame.actorId !== null && frame.actorId !== id)
      judge.fault('6', `${frame.stream} ${frame.seq} names ${frame.actorId}`);
    const given = EXACT.find((name) => mentions(content, name));
    if (given) judge.fault('6', `${frame.stream} ${frame.seq} gives away ${given}`);
    return;
  }
  const pasts = judge.past(id);
  // What a node sends is decided by a state that is no older than what it sends, and than its tail.
  const oldest = kind === 'sos' ? frame.seq - 1 : 0;
  const isEntitled = pasts.slice(Math.max(0, oldest)).some(({ state }, i) => {
    const replacedAtMs = pasts[Math.max(0, oldest) + i + 1]?.committedAtMs ?? Number.POSITIVE_INFINITY;
    const isKnownToBePast = replacedAtMs < Math.min(node.tailReadAtMs, nowMs) - SENT_WITHIN_MS;
    return !isKnownToBePast && mayRead(viewer, state, kind);
  });
  if (!isEntitled) judge.fault('6', `${viewer.userId} is sent ${frame.kind} ${frame.stream} ${frame.seq}`);
  const hidden = !viewer.isDispatcher && (mentions(content, 'match') || mentions(content, 'rule'));
  if (hidden) judge.fault('6', `${viewer.userId} is sent how ${frame.stream} was decided`);
  if (kind !== 'sos' || viewer.isDispatcher) return;
  const told = frame.kind === 'event' ? [frame.actorId, content] : content;
  const [before, state] = [pasts[frame.seq - 2]?.state, pasts[frame.seq - 1]?.state];
  const raisedBy = state && isJoinedOnly(state, viewer.userId) ? state.requesterId : null;
  // Of their own drill somebody is both who raised it and who comes, and is told of as who comes.
  const comes = [before, state].some((one) => one && raisedBy !== null && isHolder(one, raisedBy));
  if (raisedBy !== null && !comes && holds(told, raisedBy))
    judge.fault('6', `${viewer.userId} is told who raised ${frame.stream} in ${frame.seq}, by a merge alone`);
  const others = onlyAsked(before, state);
  for (const userId of others) {
    if (userId !== viewer.userId && holds(told, userId))
      judge.fault(
        '6',
        `${viewer.userId} is told of ${userId}, who was only asked, in ${frame.stream} ${frame.seq}`,
      );
  }
}

function mayRead(viewer: Viewer, state: SosState, kind: string): boolean {
  const isParty = isRequester(state, viewer.userId) || isHolder(state, viewer.userId);
  return isParty || (viewer.isDispatcher && (kind === 'sos' || state.ownerId === viewer.userId));
}

/** Who was asked, and neither holds a slot nor raised it. */
function onlyAsked(before: SosState | undefined, after: SosState | undefined): Set<string> {
  const states = [before, after].flatMap((state) => state ?? []);
  const asked = states.flatMap(({ offers }) => [...offers.values()].map(({ responderId }) => responderId));
  return new Set(
    asked.filter((id) => !states.some((state) => isHolder(state, id) || isRequester(state, id))),
  );
}

/** Whether a value stands anywhere in another. */
function holds(content: unknown, value: string): boolean {
  if (typeof content !== 'object' || content === null) return content === value;
  return Object.values(content).some((inner) => holds(inner, value));
}

function mentions(value: unknown, name: string): boolean {
  if (Array.isArray(value)) return value.some((one) => mentions(one, name));
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([key, inner]) => (key === name && inner !== null) || mentions(inner, name),
  );
}
