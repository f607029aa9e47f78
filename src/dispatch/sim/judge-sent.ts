import { isHolder, isRequester, type SosState } from '../machine/state.ts';
import type { Viewer } from '../view.ts';
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
}

function mayRead(viewer: Viewer, state: SosState, kind: string): boolean {
  const isParty = isRequester(state, viewer.userId) || isHolder(state, viewer.userId);
  return isParty || (kind === 'sos' && viewer.isDispatcher);
}

function mentions(value: unknown, name: string): boolean {
  if (Array.isArray(value)) return value.some((one) => mentions(one, name));
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([key, inner]) => (key === name && inner !== null) || mentions(inner, name),
  );
}
