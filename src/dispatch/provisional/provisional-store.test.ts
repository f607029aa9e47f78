import { afterEach, describe, expect, test } from 'vitest';
import { destination, type LatLng } from '../../geo/lat-lng.ts';
import { must } from '../../lib/assert.ts';
import { ManualClock } from '../../lib/clock.ts';
import { uuidV7Maker } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/log.ts';
import { noMetrics } from '../../lib/metric.ts';
import { seededRandom } from '../../lib/random.ts';
import { until } from '../../testing/until.ts';
import { heldSlots, openOffers } from '../machine/state.ts';
import type { PersonCommand } from '../person-command.ts';
import { Dispatch } from '../service.ts';
import { type Line, MemoryDb } from '../sim/memory-db.ts';
import { memoryDispatchStore } from '../sim/memory-store.ts';
import type { LogEvent } from '../store.ts';
import { policyWith, RESPONDER_SKILLS } from '../testing/policy.ts';
import { provisionalDispatchStore } from './provisional-dispatch-store.ts';
import type { AnyStep, Settled, StepLog } from './steps.ts';

const HERE: LatLng = { lat: 47.37, lng: 8.54 };
const clock = new ManualClock(1_790_000_000_000);
const newId = uuidV7Maker(() => clock.nowMs(), seededRandom(1));

class Away extends Error {
  readonly code = 'store_unavailable';
}

/** Kept in memory, and lost or refused when it is told to. */
class MemorySteps implements StepLog {
  readonly steps = new Map<string, AnyStep>();
  isFull = false;
  async append(step: AnyStep): Promise<boolean> {
    if (this.isFull) return false;
    // As it comes back from a file.
    this.steps.set(step.id, JSON.parse(JSON.stringify(step)));
    return true;
  }
  done(id: string): void {
    this.steps.delete(id);
  }
  readonly aside: AnyStep[] = [];
  async layAside(step: AnyStep): Promise<boolean> {
    if (this.isFull) return false;
    this.aside.push(step);
    return true;
  }
  kept(): readonly AnyStep[] {
    return [...this.steps.values()];
  }
}

/** One node over the shared store, reached by a line that can be cut. */
async function nodeOver(db: MemoryDb, nodeId: string, log = new MemorySteps(), mayDecide = true) {
  const cut = {
    isCut: false,
    losesAnswers: false,
    isFrozen: false,
    isWaiting: false,
    /** Of the next calls; null: that one does not fail. */
    failures: [] as (Error | null)[],
  };
  let thaw = () => {};
  const frozen = new Promise<void>((resolve) => {
    thaw = resolve;
  });
  const line: Line = {
    nodeId,
    step: async (phase) => {
      if (cut.isFrozen && phase === 'begin') {
        cut.isWaiting = true;
        await frozen;
      }
      const failure = phase === 'begin' ? cut.failures.shift() : undefined;
      if (failure) throw failure;
      if (cut.isCut || (cut.losesAnswers && phase === 'answer')) throw new Away();
    },
  };
  const told: LogEvent[] = [];
  const foretold: LogEvent[] = [];
  const settled: [string, Settled][] = [];
  const states: boolean[] = [];
  const losers: string[] = [];
  let dispatch: Dispatch | null = null;
  const the = () => must(dispatch, 'a node that is open');
  const { store, provisional } = provisionalDispatchStore({
    inner: memoryDispatchStore(db, line),
    log,
    clock,
    newId,
    metrics: noMetrics,
    mayDecide,
    callsEndWithinMs: 8_000,
    logger: silentLogger,
    known: (sosId) => the().known.get(sosId),
    holding: (userId, isDrill) => the().roster.holding(userId, isDrill),
    decideAgain: (...args) => the().comingBack.decideAgain(...args),
    onAway: (isAway) => states.push(isAway),
    onBroken: (sosId) => the().comingBack.takeBack(sosId),
    onBelieved: (state) => the().comingBack.believe(state),
    onSuperseded: async (_sosId, userId) => void losers.push(userId),
    onSettled: (step, how, done) => {
      if ('text' in step) settled.push(['said', how]);
      else settled.push([step.order.type === 'begin' ? 'begin' : step.order.command.type, how]);
      return the().comingBack.settled(step, how, done);
    },
  });
  const behind = (sosId: string) => provisional.behind(sosId, '');
  const parts = { store, nodeId, clock, newId, log: silentLogger, metrics: noMetrics, behind };
  dispatch = await Dispatch.open({
    ...parts,
    publish: (event) => told.push(event),
    publishProvisional: (event) => foretold.push(event),
  });
  opened.push(dispatch);
  return { dispatch, provisional, store, cut, thaw, log, told, foretold, settled, states, losers };
}

const opened: Dispatch[] = [];
afterEach(async () => {
  for (const dispatch of opened.splice(0)) await dispatch.stop();
});

async function world({ nodes = 1 } = {}) {
  const db = new MemoryDb(
    () => clock.nowMs(),
    () => {},
  );
  await memoryDispatchStore(db, { nodeId: 'before', step: async () => {} }).addPolicy(policyWith(), null);
  const first = await nodeOver(db, 'a');
  const all = [first];
  for (let i = 1; i < nodes; i++) all.push(await nodeOver(db, 'b'));
  const responders = ['r1', 'r2'].map(() => newId());
  const requester = newId();
  for (const { dispatch } of all)
    responders.forEach((userId, i) => {
      dispatch.roster.setTraits({
        userId,
        skills: RESPONDER_SKILLS,
        verified: true,
        available: true,
        asOfMs: clock.nowMs(),
      });
      dispatch.roster.connected(userId);
      dispatch.roster.moved(userId, destination(HERE, 90, 100 * (i + 1)), clock.nowMs());
    });
  return { db, all, node: first, responders, requester };
}

type Node = Awaited<ReturnType<typeof nodeOver>>;
const by = (userId: string) => ({ userId, isDispatcher: false });
const ask = (node: Node, userId: string, command: PersonCommand) =>
  node.dispatch.execute(by(userId), command, 0);
const creation = (id = newId()): PersonCommand => [
  'sos.create',
  { id, emergencyType: 'MEDICAL', priority: 'HIGH', point: HERE },
];
const acceptOf = (node: Node, sosId: string, userId: string, id = newId()): PersonCommand => {
  const state = must(node.dispatch.known.get(sosId), 'an SOS');
  const offer = must(
    [...state.offers.values()].find(({ responderId }) => responderId === userId),
    'an offer',
  );
  return ['offer.accept', { id, sosId, offerId: offer.id }];
};
async function raised(node: Node, requester: string): Promise<string> {
  const answer = await ask(node, requester, creation());
  if (!answer.ok) throw new Error(answer.code);
  return answer.value.sosId;
}
/** As a database says that it takes something not. */
const refusal = (code: string) => Object.assign(new Error('refused'), { code });
const noRoom = () => Object.assign(new Away(), { sqlState: '53100' });
const typesIn = (db: MemoryDb, sosId: string) =>
  (db.streams.get(`sos:${sosId}`) ?? []).map(({ type }) => type);

describe('while the store is away', () => {
  test('an SOS is raised, offered and accepted, and all of it says that it is provisional', async () => {
    const { db, node, responders, requester } = await world();
    node.cut.isCut = true;
    const create = await ask(node, requester, creation());
    expect(create).toMatchObject({ ok: true, value: { status: 'PENDING', isProvisional: true } });
    const sosId = create.ok ? create.value.sosId : '';
    expect(node.foretold.filter(({ type }) => type === 'offer.sent')).toHaveLength(2);
    const accept = await ask(node, responders[0] ?? '', acceptOf(node, sosId, responders[0] ?? ''));
    expect(accept).toMatchObject({ ok: true, value: { as: 'PRIMARY', isProvisional: true } });
    const late = await ask(node, responders[1] ?? '', acceptOf(node, sosId, responders[1] ?? ''));
    expect(late).toMatchObject({ ok: false });
    expect([node.told, db.streams.size, node.states]).toEqual([[], 0, [true]]);
  });

  test('it is written as it was decided once the store is back, with the same numbers, times and answers', async () => {
    const { db, node, responders, requester } = await world();
    node.cut.isCut = true;
    const create = creation();
    const first = await ask(node, requester, create);
    const sosId = first.ok ? first.value.sosId : '';
    clock.advance(1_000);
    await ask(node, responders[0] ?? '', acceptOf(node, sosId, responders[0] ?? ''));
    const before = node.dispatch.known.get(sosId);
    node.cut.isCut = false;
    clock.advance(2_000);
    expect(await node.provisional.reconcile()).toBe(true);
    expect(new Set(node.settled.map(([, how]) => how))).toEqual(new Set(['confirmed']));
    expect(db.states.get(sosId)).toEqual(before);
    expect(node.told.filter(({ stream }) => stream === `sos:${sosId}`).map(({ seq }) => seq)).toEqual(
      typesIn(db, sosId).map((_, i) => i + 1),
    );
    expect([node.log.steps.size, node.states]).toEqual([0, [true, false]]);
    // Asked again, the answer is the one that was given.
    expect(await ask(node, requester, create)).toMatchObject({ ok: true, value: { sosId } });
    expect(db.states.size).toBe(1);
  });

  test('a command that comes again is answered as before, and takes effect once', async () => {
    const { db, node, requester } = await world();
    node.cut.isCut = true;
    const create = creation();
    const [one, again] = [await ask(node, requester, create), await ask(node, requester, create)];
    expect(again).toEqual(one);
    node.cut.isCut = false;
    await node.provisional.reconcile();
    expect(db.states.size).toBe(1);
  });

  test('who holds a slot can not take another, of whichever SOS', async () => {
    const { node, responders, requester } = await world();
    const sure = await raised(node, requester);
    const [first = ''] = responders;
    await ask(node, first, acceptOf(node, sure, first));
    node.cut.isCut = true;
    const other = await raised(node, newId());
    expect(
      node.dispatch.known.get(other) &&
        openOffers(must(node.dispatch.known.get(other), 'it')).some(
          ({ responderId }) => responderId === first,
        ),
    ).toBe(false);
  });

  test('what is said in its chat is heard, and is in the chat afterwards, once', async () => {
    const { db, node, requester } = await world();
    const sosId = await raised(node, requester);
    node.cut.isCut = true;
    const said: PersonCommand = ['chat.send', { id: newId(), sosId, text: 'the blue door' }];
    expect(await ask(node, requester, said)).toMatchObject({ ok: true, value: { isProvisional: true } });
    await ask(node, requester, said);
    expect(node.foretold.filter(({ type }) => type === 'chat.message')).toHaveLength(1);
    node.cut.isCut = false;
    await node.provisional.reconcile();
    expect(db.streams.get(`chat:${sosId}`)).toMatchObject([{ data: { text: 'the blue door' } }]);
  });

  test('whoever waits for it when it is found away waits no longer, and what it does later is the same', async () => {
    const { db, node, responders, requester } = await world();
    node.cut.isFrozen = true;
    const asked = ask(node, requester, creation());
    await until(() => node.cut.isWaiting, { timeoutMs: 5_000, what: 'the call' });
    node.provisional.foundAway();
    const answer = await asked;
    expect(answer).toMatchObject({ ok: true, value: { isProvisional: true } });
    const sosId = answer.ok ? answer.value.sosId : '';
    const [one = ''] = responders;
    await ask(node, one, acceptOf(node, sosId, one));
    // The call that was given up is carried out after all.
    node.cut.isFrozen = false;
    node.thaw();
    await until(() => db.states.size === 1, { timeoutMs: 5_000, what: 'the first call' });
    expect(await node.provisional.reconcile()).toBe(true);
    expect(db.states.get(sosId)).toMatchObject({ status: 'ACCEPTED', acceptedBy: one });
    expect(typesIn(db, sosId).filter((type) => type === 'sos.created')).toHaveLength(1);
  });

  test('of a store that answers that its disk is full, who waits for it goes on waiting', async () => {
    const { db, node, responders, requester } = await world();
    node.cut.isFrozen = true;
    const asked = ask(node, requester, creation());
    await until(() => node.cut.isWaiting, { timeoutMs: 5_000, what: 'the call' });
    node.cut.isFrozen = false;
    node.cut.failures.push(noRoom());
    const [other = ''] = responders;
    expect(await ask(node, other, creation())).toMatchObject({ ok: true, value: { isProvisional: true } });
    expect([node.provisional.isAway, node.provisional.lacksRoom]).toEqual([true, true]);
    node.thaw();
    const answer = await asked;
    expect(answer.ok && answer.value.isProvisional).toBeFalsy();
    expect(db.states.size).toBe(1);
    expect(await node.provisional.reconcile()).toBe(true);
    expect([db.states.size, node.provisional.lacksRoom]).toEqual([2, false]);
  });

  test('a node that stood still itself decides nothing late: whoever asked has the answer of another one by now', async () => {
    const { db, node, requester } = await world();
    const creationAgain = creation();
    node.cut.isFrozen = true;
    const asked = ask(node, requester, creationAgain);
    asked.catch(() => {});
    await until(() => node.cut.isWaiting, { timeoutMs: 5_000, what: 'the call' });
    clock.advance(16_000);
    node.provisional.foundAway();
    await expect(asked).rejects.toMatchObject({ code: 'store_unavailable' });
    expect([node.log.steps.size, node.foretold]).toEqual([0, []]);
    node.cut.isFrozen = false;
    node.thaw();
    await until(() => db.states.size === 1, { timeoutMs: 5_000, what: 'the first call' });
    expect(await node.provisional.reconcile()).toBe(true);
    expect(await ask(node, requester, creationAgain)).toMatchObject({ ok: true });
    expect(db.states.size).toBe(1);
  });

  test('a node that is to refuse refuses', async () => {
    const { db, requester } = await world();
    const strict = await nodeOver(db, 'strict', new MemorySteps(), false);
    strict.cut.isCut = true;
    await expect(ask(strict, requester, creation())).rejects.toMatchObject({ code: 'store_unavailable' });
    strict.cut.isCut = false;
    expect(await strict.provisional.reconcile()).toBe(true);
    expect(await ask(strict, requester, creation())).toMatchObject({ ok: true });
  });

  test('nothing is acknowledged that is not on the disk', async () => {
    const { node, requester } = await world();
    node.cut.isCut = true;
    node.log.isFull = true;
    await expect(ask(node, requester, creation())).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(node.dispatch.known.openCount).toBe(0);
  });
});

describe('when the store is back', () => {
  test('who was second is superseded, and everybody knows the first', async () => {
    const { all, responders, requester } = await world({ nodes: 2 });
    const [a, b] = all as [Node, Node];
    const sosId = await raised(a, requester);
    await b.dispatch.refresh(sosId);
    a.cut.isCut = true;
    const [one = '', two = ''] = responders;
    expect(await ask(a, one, acceptOf(a, sosId, one))).toMatchObject({ value: { isProvisional: true } });
    expect(await ask(b, two, acceptOf(b, sosId, two))).toMatchObject({ value: { as: 'PRIMARY' } });
    a.cut.isCut = false;
    await a.provisional.reconcile();
    expect(a.settled).toContainEqual(['accept', 'superseded']);
    expect(a.losers).toEqual([one]);
    const state = must(a.dispatch.known.get(sosId), 'the SOS');
    expect(heldSlots(state).map(({ holder }) => holder.responderId)).toEqual([two]);
    expect(a.dispatch.roster.holding(one)).toBeNull();
  });

  test('who is second but on the way already stays, beside who was first, and dispatchers are alarmed', async () => {
    const { db, all, responders, requester } = await world({ nodes: 2 });
    const [a, b] = all as [Node, Node];
    const sosId = await raised(a, requester);
    await b.dispatch.refresh(sosId);
    a.cut.isCut = true;
    const [one = '', two = ''] = responders;
    await ask(a, one, acceptOf(a, sosId, one));
    await ask(a, one, ['sos.depart', { id: newId(), sosId }]);
    await ask(b, two, acceptOf(b, sosId, two));
    a.cut.isCut = false;
    await a.provisional.reconcile();
    const state = must(db.states.get(sosId), 'the SOS');
    expect(state.acceptedBy).toBe(two);
    expect(new Set(heldSlots(state).map(({ holder }) => holder.responderId))).toEqual(new Set([one, two]));
    expect(typesIn(db, sosId)).toEqual(
      expect.arrayContaining(['sos.holder_assigned', 'sos.escalated', 'sos.departed']),
    );
    expect([a.dispatch.roster.holding(one), a.losers]).toEqual([sosId, []]);
  });

  test('what it refuses for good is laid aside after ten tries, and the rest is written', async () => {
    const { db, node, requester } = await world();
    node.cut.isCut = true;
    const sosId = await raised(node, requester);
    const [broken] = [...node.log.steps.values()];
    node.log.steps.clear();
    const bad = { ...must(broken, 'a step'), id: newId(), sosId: newId(), key: null };
    node.log.steps.set(bad.id, bad as AnyStep);
    node.log.steps.set(must(broken, 'a step').id, must(broken, 'a step'));
    node.cut.isCut = false;
    let tries = 1;
    while (!(await node.provisional.reconcile())) tries += 1;
    expect([tries, db.states.has(sosId), node.log.aside.length]).toEqual([10, true, 1]);
  });

  test('what follows on something that could not be written waits for it, and nobody is told that they were second', async () => {
    const { db, node, responders, requester } = await world();
    node.cut.isCut = true;
    const sosId = await raised(node, requester);
    const [one = ''] = responders;
    await ask(node, one, acceptOf(node, sosId, one));
    node.cut.isCut = false;
    node.cut.failures.push(refusal('58030'));
    expect(await node.provisional.reconcile()).toBe(false);
    expect(node.losers).toEqual([]);
    expect(await node.provisional.reconcile()).toBe(true);
    expect([node.losers, db.states.get(sosId)?.acceptedBy]).toEqual([[], one]);
  });

  test('one that is not answered holds up no other, and several are an outage', async () => {
    const { db, node, requester } = await world();
    node.cut.isCut = true;
    const ids: string[] = [];
    for (const by of [requester, newId(), newId(), newId()]) ids.push(await raised(node, by));
    const written = () => ids.map((id) => db.states.has(id));
    node.cut.isCut = false;
    node.cut.failures.push(new Away(), new Away(), new Away());
    expect(await node.provisional.reconcile()).toBe(false);
    expect(written()).toEqual([false, false, false, false]);
    node.cut.failures.push(new Away());
    expect(await node.provisional.reconcile()).toBe(false);
    expect(written()).toEqual([false, true, true, true]);
    expect(await node.provisional.reconcile()).toBe(true);
    expect(written()).toEqual([true, true, true, true]);
  });

  test('what somebody did later waits, too, for what they did before in another SOS', async () => {
    const { db, node, responders, requester } = await world();
    const [one = ''] = responders;
    const before = await raised(node, requester);
    node.cut.isCut = true;
    await ask(node, one, acceptOf(node, before, one));
    await ask(node, one, ['sos.withdraw', { id: newId(), sosId: before }]);
    const sosId = await raised(node, newId());
    expect(await ask(node, one, acceptOf(node, sosId, one))).toMatchObject({ value: { as: 'PRIMARY' } });
    node.cut.isCut = false;
    node.cut.failures.push(new Away());
    expect(await node.provisional.reconcile()).toBe(false);
    expect(await node.provisional.reconcile()).toBe(true);
    expect([node.losers, db.states.get(sosId)?.acceptedBy]).toEqual([[], one]);
  });

  test('who was let go by a step that another node has still to write has their place all the same', async () => {
    const { db, all, responders, requester } = await world({ nodes: 2 });
    const [a, b] = all as [Node, Node];
    const [one = ''] = responders;
    const before = await raised(a, requester);
    await ask(a, one, acceptOf(a, before, one));
    await b.dispatch.refresh(before);
    for (const node of [a, b]) node.cut.isCut = true;
    await ask(a, one, ['sos.withdraw', { id: newId(), sosId: before }]);
    // As the other node hears of it.
    for (const step of a.log.steps.values()) b.dispatch.comingBack.heard(step);
    const sosId = await raised(b, newId());
    expect(await ask(b, one, acceptOf(b, sosId, one))).toMatchObject({ value: { as: 'PRIMARY' } });
    for (const node of [a, b]) node.cut.isCut = false;
    expect(await b.provisional.reconcile()).toBe(false);
    expect(b.losers).toEqual([]);
    expect(await a.provisional.reconcile()).toBe(true);
    expect(await b.provisional.reconcile()).toBe(true);
    expect([b.losers, db.states.get(sosId)?.acceptedBy]).toEqual([[], one]);
  });

  test('what was said of an SOS that another node has still to write is in its chat all the same', async () => {
    const { db, all, requester } = await world({ nodes: 2 });
    const [a, b] = all as [Node, Node];
    for (const node of [a, b]) node.cut.isCut = true;
    const sosId = await raised(a, requester);
    for (const step of a.log.steps.values()) b.dispatch.comingBack.heard(step);
    await ask(b, requester, ['chat.send', { id: newId(), sosId, text: 'the blue door' }]);
    for (const node of [a, b]) node.cut.isCut = false;
    expect(await b.provisional.reconcile()).toBe(false);
    expect(await a.provisional.reconcile()).toBe(true);
    expect(await b.provisional.reconcile()).toBe(true);
    expect(db.streams.get(`chat:${sosId}`)).toMatchObject([{ data: { text: 'the blue door' } }]);
  });

  test('of a call that was begun on two nodes, who came by the one that does not stand comes to the other', async () => {
    const { db, all, responders, requester } = await world({ nodes: 2 });
    const [a, b] = all as [Node, Node];
    const [one = ''] = responders;
    for (const node of [a, b]) node.cut.isCut = true;
    const call = creation();
    const begun = [await ask(a, requester, call), await ask(b, requester, call)];
    const [first = '', second = ''] = begun.map((answer) => (answer.ok ? answer.value.sosId : ''));
    expect(first).not.toBe(second);
    await ask(b, one, acceptOf(b, second, one));
    await ask(b, one, ['chat.send', { id: newId(), sosId: second, text: 'the blue door' }]);
    for (const node of [a, b]) node.cut.isCut = false;
    expect(await a.provisional.reconcile()).toBe(true);
    expect(await b.provisional.reconcile()).toBe(true);
    expect([...db.states.keys()]).toEqual([first]);
    expect([b.losers, db.states.get(first)?.acceptedBy]).toEqual([[], one]);
    expect(db.streams.get(`chat:${first}`)).toMatchObject([{ data: { text: 'the blue door' } }]);
    expect(b.dispatch.known.get(second)).toBeUndefined();
  });

  test('what stands behind a step that stands behind another one waits with it', async () => {
    const { db, node, responders, requester } = await world();
    const [one = '', two = ''] = responders;
    const sosId = await raised(node, requester);
    await ask(node, one, acceptOf(node, sosId, one));
    node.cut.isCut = true;
    const own = await raised(node, one);
    await ask(node, one, ['sos.withdraw', { id: newId(), sosId }]);
    await ask(node, two, acceptOf(node, sosId, two));
    node.cut.isCut = false;
    node.cut.failures.push(new Away());
    expect(await node.provisional.reconcile()).toBe(false);
    expect(await node.provisional.reconcile()).toBe(true);
    expect([node.losers, db.states.get(sosId)?.acceptedBy, db.states.has(own)]).toEqual([[], two, true]);
  });

  test('nobody who holds a place is put out of it by an event that has the same number by chance', async () => {
    const { db, all, responders, requester } = await world({ nodes: 2 });
    const [a, b] = all as [Node, Node];
    const [one = '', two = ''] = responders;
    const sosId = await raised(a, requester);
    await b.dispatch.refresh(sosId);
    a.cut.isCut = true;
    await ask(a, two, acceptOf(a, sosId, two));
    await ask(b, one, acceptOf(b, sosId, one));
    const [step] = [...a.log.steps.values()];
    const { seq } = must(db.states.get(sosId), 'the SOS');
    a.log.steps.set(must(step, 'a step').id, { ...step, baseSeq: seq } as AnyStep);
    a.cut.isCut = false;
    expect(await a.provisional.reconcile()).toBe(true);
    expect([db.states.get(sosId)?.acceptedBy, a.losers]).toEqual([one, [two]]);
  });

  test('an SOS that never comes into the store is waited for once, however much was said of it', async () => {
    const { node, requester } = await world();
    node.cut.isCut = true;
    const sosId = await raised(node, requester);
    for (const text of ['one', 'two', 'three'])
      await ask(node, requester, ['chat.send', { id: newId(), sosId, text }]);
    for (const [id, step] of node.log.steps) if (!('text' in step)) node.log.steps.delete(id);
    node.cut.isCut = false;
    let tries = 1;
    while (tries < 20 && !(await node.provisional.reconcile())) tries += 1;
    expect([tries, node.log.steps.size]).toEqual([10, 0]);
  });

  test('a store that refuses everything costs nothing, however long it does', async () => {
    const { db, node, requester } = await world();
    node.cut.isCut = true;
    const sosId = await raised(node, requester);
    node.cut.isCut = false;
    for (let i = 0; i < 30; i++) {
      node.cut.failures.push(refusal('42501'));
      expect(await node.provisional.reconcile()).toBe(false);
    }
    expect([node.log.aside, node.log.steps.size]).toEqual([[], 1]);
    expect(await node.provisional.reconcile()).toBe(true);
    expect(db.states.has(sosId)).toBe(true);
  });

  test('what it refuses alone, of whatever it complains, is laid aside too, and who had a place by it is told', async () => {
    const { db, node, responders, requester } = await world();
    const [one = ''] = responders;
    const sosId = await raised(node, requester);
    node.cut.isCut = true;
    await ask(node, one, acceptOf(node, sosId, one));
    node.cut.isCut = false;
    for (let i = 0; i < 9; i++) {
      node.cut.failures.push(refusal('54000'));
      expect(await node.provisional.reconcile()).toBe(false);
    }
    const other = await raised(node, newId());
    // The first of the two.
    node.cut.failures.push(refusal('54000'));
    expect(await node.provisional.reconcile()).toBe(false);
    node.cut.failures.push(refusal('54000'));
    expect(await node.provisional.reconcile()).toBe(true);
    expect([node.log.aside.length, node.losers, db.states.has(other)]).toEqual([1, [one], true]);
    expect(node.dispatch.known.get(sosId)).toEqual(db.states.get(sosId));
  });

  test('a correction that goes down with the store leaves it as this node knows it, with its timer', async () => {
    const { all, responders, requester } = await world({ nodes: 2 });
    const [a, b] = all as [Node, Node];
    const [one = '', two = ''] = responders;
    const sosId = await raised(a, requester);
    await b.dispatch.refresh(sosId);
    a.cut.isCut = true;
    await ask(a, one, acceptOf(a, sosId, one));
    await ask(b, two, acceptOf(b, sosId, two));
    a.cut.isCut = false;
    a.cut.losesAnswers = true;
    expect(await a.provisional.reconcile()).toBe(false);
    expect(a.dispatch.known.get(sosId)).toMatchObject({ acceptedBy: one });
    expect([a.dispatch.roster.holding(one), a.dispatch.figures().timers]).toEqual([sosId, 1]);
    a.cut.losesAnswers = false;
    expect(await a.provisional.reconcile()).toBe(true);
    expect(a.dispatch.known.get(sosId)).toMatchObject({ acceptedBy: two });
  });

  test('what can not be laid aside either is kept', async () => {
    const { node, requester } = await world();
    node.cut.isCut = true;
    await raised(node, requester);
    node.cut.isCut = false;
    node.log.isFull = true;
    for (let i = 0; i < 12; i++) {
      node.cut.failures.push(refusal('22P02'));
      await node.provisional.reconcile();
    }
    expect([node.log.aside, node.log.steps.size]).toEqual([[], 1]);
  });

  test('nor is whoever had a place by it told again and again', async () => {
    const { node, responders, requester } = await world();
    const [one = ''] = responders;
    const sosId = await raised(node, requester);
    node.cut.isCut = true;
    await ask(node, one, acceptOf(node, sosId, one));
    node.cut.isCut = false;
    node.log.isFull = true;
    for (let i = 0; i < 14; i++) {
      node.cut.failures.push(refusal('22P02'));
      await node.provisional.reconcile();
    }
    expect([node.log.steps.size, node.losers]).toEqual([1, [one]]);
  });

  test('what can still be done on what others have decided meanwhile is done', async () => {
    const { db, all, responders, requester } = await world({ nodes: 2 });
    const [a, b] = all as [Node, Node];
    const sosId = await raised(a, requester);
    await b.dispatch.refresh(sosId);
    a.cut.isCut = true;
    const [one = '', two = ''] = responders;
    await ask(a, one, acceptOf(a, sosId, one));
    const state = must(b.dispatch.known.get(sosId), 'the SOS');
    const declined = must(
      [...state.offers.values()].find(({ responderId }) => responderId === two),
      'an offer',
    );
    await ask(b, two, ['offer.decline', { id: newId(), sosId, offerId: declined.id }]);
    a.cut.isCut = false;
    await a.provisional.reconcile();
    expect(a.settled).toContainEqual(['accept', 'confirmed_otherwise']);
    expect(heldSlots(must(db.states.get(sosId), 'it')).map(({ holder }) => holder.responderId)).toEqual([
      one,
    ]);
    expect(a.dispatch.known.get(sosId)).toEqual(db.states.get(sosId));
  });

  test('once it is known how it stands, what is decided then is written as it was decided, also while other things wait', async () => {
    const { all, responders, requester } = await world({ nodes: 2 });
    const [a, b] = all as [Node, Node];
    const [one = '', two = ''] = responders;
    const sosId = await raised(a, requester);
    await b.dispatch.refresh(sosId);
    const offerToTwo = [...must(a.dispatch.known.get(sosId), 'the SOS').offers.values()].find(
      ({ responderId }) => responderId === two,
    );
    a.cut.isCut = true;
    await ask(a, two, ['offer.decline', { id: newId(), sosId, offerId: must(offerToTwo, 'an offer').id }]);
    await raised(a, newId());
    await ask(b, one, acceptOf(b, sosId, one));
    a.cut.isCut = false;
    a.cut.failures.push(null, noRoom());
    expect(await a.provisional.reconcile()).toBe(false);
    expect(a.settled).toEqual([['decline', 'superseded']]);
    await ask(a, one, ['sos.depart', { id: newId(), sosId }]);
    expect(await a.provisional.reconcile()).toBe(true);
    expect(a.settled).toContainEqual(['depart', 'confirmed']);
  });

  test('what had been written though the answer was lost is not written again', async () => {
    const { db, node, requester } = await world();
    node.cut.losesAnswers = true;
    const answer = await ask(node, requester, creation());
    expect(answer).toMatchObject({ ok: true });
    node.cut.losesAnswers = false;
    await node.provisional.reconcile();
    expect([db.states.size, node.log.steps.size]).toEqual([1, 0]);
    const [state] = db.states.values();
    expect(node.dispatch.known.get(state?.id ?? '')).toEqual(state);
  });

  test('that goes away in between costs nothing: the rest is written the next time', async () => {
    const { db, node, responders, requester } = await world();
    node.cut.isCut = true;
    const sosId = await raised(node, requester);
    const [one = ''] = responders;
    await ask(node, one, acceptOf(node, sosId, one));
    expect(await node.provisional.reconcile()).toBe(false);
    node.cut.isCut = false;
    expect(await node.provisional.reconcile()).toBe(true);
    expect(db.states.get(sosId)).toMatchObject({ status: 'ACCEPTED', acceptedBy: one });
  });

  test('a node that was killed finds what it had promised, and writes it when it starts', async () => {
    const { db, node, requester } = await world();
    node.cut.isCut = true;
    const sosId = await raised(node, requester);
    const again = await nodeOver(db, 'a', node.log);
    expect(await again.provisional.reconcile()).toBe(true);
    expect(db.states.get(sosId)).toMatchObject({ status: 'PENDING', requesterId: requester });
    expect(again.dispatch.known.get(sosId)).toEqual(db.states.get(sosId));
  });

  test('what fell due meanwhile waits until the rest of what was decided then is written', async () => {
    const { db, node, requester } = await world();
    node.cut.isCut = true;
    const sosId = await raised(node, requester);
    // It looks after no deadlines itself any more.
    await node.dispatch.stop();
    node.cut.isCut = false;
    clock.advance(600_000);
    expect(await node.provisional.reconcile()).toBe(true);
    expect(db.deadlines.get(sosId)?.dueAtMs).toBeGreaterThanOrEqual(clock.nowMs() + 5_000);
  });

  test('whoever goes on from what is being written waits for it, and no longer than a moment', async () => {
    const { node, requester, responders } = await world();
    const [helper = ''] = responders;
    node.cut.isCut = true;
    const sosId = await raised(node, requester);
    expect(node.provisional.behind(sosId, helper)).toBeNull();
    node.cut.isCut = false;
    node.cut.isFrozen = true;
    const writing = node.provisional.reconcile();
    await until(() => node.cut.isWaiting, { timeoutMs: 5_000, what: 'it to be written' });
    const gone: string[] = [];
    const others = node.provisional.behind(null, helper);
    const first = node.provisional.behind(sosId, helper)?.then(() => gone.push('too late'));
    clock.advance(1_500);
    await first;
    const second = node.provisional.behind(null, requester)?.then(() => gone.push('written'));
    expect([others, gone]).toEqual([null, ['too late']]);
    node.thaw();
    expect(await writing).toBe(true);
    await second;
    expect([gone, node.provisional.behind(sosId, requester)]).toEqual([['too late', 'written'], null]);
  });

  test('what nobody asked for waits for it, too, and is decided by how it stands then', async () => {
    const { db, node, responders, requester } = await world();
    const [one = ''] = responders;
    node.cut.isCut = true;
    const sosId = await raised(node, requester);
    const kept = node.log.steps.size;
    node.cut.isCut = false;
    const writing = node.provisional.reconcile();
    const released = node.dispatch.inner(sosId, { type: 'release_offers', responderId: one });
    expect(await writing).toBe(true);
    expect(await released).toBe(true);
    expect([kept, node.settled.length]).toEqual([1, 1]);
    expect(typesIn(db, sosId)).toContain('sos.offers_closed');
  });

  test('that also while a store is too slow to take it all at once, until it does not answer at all', async () => {
    const { node, requester } = await world();
    node.cut.isCut = true;
    const sosId = await raised(node, requester);
    expect(await node.provisional.reconcile()).toBe(false);
    const waiting = node.provisional.behind(sosId, requester);
    expect(waiting).not.toBeNull();
    node.provisional.foundAway();
    expect(node.provisional.behind(sosId, requester)).toBeNull();
    clock.advance(1_500);
    await waiting;
  });

  test('deadlines of others are done while the backlog is still being written', async () => {
    const { node, requester } = await world();
    node.cut.isCut = true;
    await raised(node, requester);
    expect(await node.store.claimDue('a', 10)).toEqual([]);
    node.cut.isCut = false;
    const writing = node.provisional.reconcile();
    expect([node.provisional.isAway, node.provisional.hasStore]).toEqual([true, true]);
    await expect(node.store.claimDue('a', 10)).resolves.toEqual([]);
    expect(await writing).toBe(true);
  });

  test('what was heard of another node stays until the store has said how it stands', async () => {
    const { all, requester } = await world({ nodes: 2 });
    const [a, b] = all as [Node, Node];
    a.cut.isCut = true;
    const sosId = await raised(a, requester);
    for (const step of a.log.steps.values()) expect(b.dispatch.comingBack.heard(step)).not.toBeNull();
    b.cut.isCut = true;
    await expect(b.dispatch.comingBack.reread(sosId)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(b.dispatch.known.get(sosId)).toMatchObject({ status: 'PENDING' });
    expect(b.dispatch.comingBack.isUnsure(sosId)).toBe(true);
    // The log is read on meanwhile, where it can be.
    await b.dispatch.follow(sosId, must(a.foretold[0], 'an event'));
    a.cut.isCut = false;
    await a.provisional.reconcile();
    b.cut.isCut = false;
    await b.provisional.reconcile();
    await b.dispatch.comingBack.reread(sosId);
    expect(b.dispatch.comingBack.isUnsure(sosId)).toBe(false);
    expect(b.dispatch.known.get(sosId)).toEqual(a.dispatch.known.get(sosId));
  });
});
