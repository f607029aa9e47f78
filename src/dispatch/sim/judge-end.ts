import { isOpen, type SosState } from '../machine/state.ts';
import { mayReadSos } from '../view.ts';
import type { Client } from './client.ts';
import type { Cluster } from './cluster.ts';
import type { Judge } from './judge.ts';
import type { MemoryDb } from './memory-db.ts';
import { splitStream } from './node.ts';
import type { Timeline } from './timeline.ts';
import type { Truth } from './truth.ts';

/** A beat of the tail, and time to read. */
const HEARD_WITHIN_MS = 4_000;

/** Until what somebody is asked elsewhere has ended, when it failed a few times. */
const RELEASED_WITHIN_MS = 8_000;

/** Whether it waits for this person. */
const asks = ({ offers, slots, isDrill }: SosState, userId: string) =>
  [...offers.values()].some(({ responderId, status }) => responderId === userId && WAITS.includes(status)) ||
  (isDrill && slots.some(({ holder }) => holder?.responderId === userId));
const WAITS: readonly string[] = ['OPEN', 'RESERVE'];

interface Site {
  readonly judge: Judge;
  readonly db: MemoryDb;
  readonly truth: Truth;
  readonly timeline: Timeline;
  readonly nodes: Cluster;
  readonly clients: readonly Client[];
}

/** When all has come to rest, everybody knows the same, and nobody waits for anything. */
export function judgeEnd({ judge, db, truth, nodes, clients, timeline }: Site): void {
  const isOld = (stream: string) => judge.movedAtMs(stream) < timeline.nowMs - HEARD_WITHIN_MS;
  if (!nodes.isWhole) judge.fault('end', 'not every node is up');
  for (const node of nodes.up) {
    for (const state of db.states.values()) {
      const known = node.dispatch?.known.get(state.id);
      if (isOpen(state) && isOld(`sos:${state.id}`) && known?.seq !== state.seq)
        judge.fault('end', `${node.id} knows ${state.id} at ${known?.seq}, not ${state.seq}`);
    }
    for (const userId of truth.ids()) {
      const holds = node.dispatch?.roster.holding(userId) ?? null;
      const row = db.holders.get(userId)?.sosId ?? null;
      if (holds !== row) judge.fault('end', `${node.id} takes ${userId} to hold ${holds}, not ${row}`);
    }
  }
  for (const [userId, { sosId }] of db.holders) {
    const heldSinceMs = judge.heldSince(userId) ?? timeline.nowMs;
    if (heldSinceMs > timeline.nowMs - RELEASED_WITHIN_MS) continue;
    const asking = [...db.states.values()].find(
      (state) => state.id !== sosId && isOpen(state) && asks(state, userId),
    );
    if (asking) judge.fault('end', `${userId} holds ${sosId}, and ${asking.id} still asks them`);
  }
  for (const client of clients) {
    if (client.unanswered > 0)
      judge.fault('end', `${client.actor.userId} waits for ${client.unanswered} answers`);
    if (!client.session) judge.fault('end', `${client.actor.userId} is not connected`);
    for (const [stream, seq] of client.streams) {
      const [kind, id] = splitStream(stream);
      const state = db.states.get(id);
      const isTheirs = kind === 'inbox' || (state && mayReadSos(client.actor, state));
      if (isTheirs && isOld(stream) && (seq ?? 0) !== db.headOf(stream))
        judge.fault('5', `${client.actor.userId} has ${stream} to ${seq} of ${db.headOf(stream)}`);
    }
  }
}
