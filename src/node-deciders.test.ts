import { afterEach, expect, test } from 'vitest';
import { heldSlots } from './dispatch/machine/state.ts';
import { type AlertOrder, keyForAlert, type PersonCommand } from './dispatch/person-command.ts';
import { provisionalDispatchStore } from './dispatch/provisional/provisional-dispatch-store.ts';
import type { ProvisionalStore } from './dispatch/provisional/provisional-store.ts';
import type { AnyStep, StepLog } from './dispatch/provisional/steps.ts';
import { Dispatch } from './dispatch/service.ts';
import { MemoryDb } from './dispatch/sim/memory-db.ts';
import { memoryDispatchStore } from './dispatch/sim/memory-store.ts';
import type { LogEvent } from './dispatch/store.ts';
import { policyWith, RESPONDER_SKILLS } from './dispatch/testing/policy.ts';
import type { Bus, BusListener, BusMessage } from './fanout/bus.ts';
import { decodeEnvelope, encodeEnvelope, encodeMessage, messagesIn } from './fanout/bus-codec.ts';
import { destination, type LatLng } from './geo/lat-lng.ts';
import { must } from './lib/assert.ts';
import { ManualClock } from './lib/clock.ts';
import { uuidV7Maker } from './lib/ids.ts';
import { silentLogger } from './lib/log.ts';
import { noMetrics } from './lib/metric.ts';
import { seededRandom } from './lib/random.ts';
import { buildDeciders, type Deciders } from './node-deciders.ts';
import { whereItIsDecided } from './node-dispatch.ts';
import { lookAtStore } from './node-provisional.ts';
import { until } from './testing/until.ts';

const HERE: LatLng = { lat: 47.37, lng: 8.54 };

class Away extends Error {
  readonly code = 'store_unavailable';
}

class MemorySteps implements StepLog {
  readonly steps = new Map<string, AnyStep>();
  async append(step: AnyStep): Promise<boolean> {
    this.steps.set(step.id, JSON.parse(JSON.stringify(step)));
    return true;
  }
  done(id: string): void {
    this.steps.delete(id);
  }
  async layAside(): Promise<boolean> {
    return false;
  }
  kept(): readonly AnyStep[] {
    return [...this.steps.values()];
  }
}

/** Everybody hears what anybody says, at once, unless it is down or a message is swallowed. */
class Wire {
  isUp = true;
  swallow: (message: BusMessage, to: string) => boolean = () => false;
  readonly #listeners = new Map<string, BusListener[]>();
  readonly dead = new Set<string>();

  of(nodeId: string): Bus {
    const wire = this;
    return {
      tell: (_key, message) => {
        if (!wire.isUp || wire.dead.has(nodeId)) return;
        const bytes = encodeEnvelope(nodeId, 1, [encodeMessage(message)]);
        for (const [to, listeners] of wire.#listeners) {
          if (to === nodeId || wire.dead.has(to) || wire.swallow(message, to)) continue;
          for (const heard of messagesIn(must(decodeEnvelope(bytes), 'an envelope')) ?? [])
            for (const listener of listeners) listener(heard, nodeId);
        }
      },
      onMessage: (listener) => {
        wire.#listeners.set(nodeId, [...(wire.#listeners.get(nodeId) ?? []), listener]);
        return () => {};
      },
      get isUp() {
        return wire.isUp;
      },
      stop: async () => {},
    };
  }
}

const opened: Dispatch[] = [];
afterEach(async () => {
  for (const dispatch of opened.splice(0)) await dispatch.stop();
});

async function world(names = ['a', 'b', 'c']) {
  const clock = new ManualClock(1_790_000_000_000);
  const newId = uuidV7Maker(() => clock.nowMs(), seededRandom(7));
  const db = new MemoryDb(
    () => clock.nowMs(),
    () => {},
  );
  await memoryDispatchStore(db, { nodeId: 'before', step: async () => {} }).addPolicy(policyWith(), null);
  const wire = new Wire();
  const gone: ((nodeId: string) => void)[] = [];
  const isAlive = (nodeId: string) => !leaseOver.has(nodeId);
  const leaseOver = new Set<string>();

  async function open(nodeId: string) {
    const cut = { isCut: false, losesAnswers: false };
    const foretold: LogEvent[] = [];
    const told: LogEvent[] = [];
    const log = new MemorySteps();
    const bus = wire.of(nodeId);
    const others = () => names.filter((name) => name !== nodeId && isAlive(name));
    const leases = { isAlive, others, onGone: (listener: (id: string) => void) => void gone.push(listener) };
    const site = {
      clock,
      log: silentLogger,
      metrics: noMetrics,
      newId,
      nodeId,
      config: { localJournalMb: 1, storeTimeoutMs: 3_000 },
    };
    const deciders: Deciders = buildDeciders(site, { bus, leases });
    let dispatch: Dispatch | null = null;
    const the = () => must(dispatch, 'a node that is open');
    const hub = { foretell: (event: LogEvent) => void foretold.push(event), restored: () => {} };
    const {
      store,
      provisional,
    }: { store: ReturnType<typeof memoryDispatchStore>; provisional: ProvisionalStore } =
      provisionalDispatchStore({
        inner: memoryDispatchStore(db, {
          nodeId,
          step: async (phase) => {
            if (cut.isCut || (cut.losesAnswers && phase === 'answer')) throw new Away();
          },
        }),
        log,
        clock,
        newId,
        metrics: noMetrics,
        logger: silentLogger,
        others: deciders,
        onKept: (step, batch) => deciders.told(step, batch),
        onOvertaken: (sosId) => deciders.sayOvertaken(sosId),
        isUnsure: (sosId) => the().comingBack.isUnsure(sosId),
        known: (sosId) => the().known.get(sosId),
        holding: (userId, isDrill) => the().roster.holding(userId, isDrill),
        decideAgain: (...args) => the().comingBack.decideAgain(...args),
        onAway: () => deciders.sayStore(),
        onRestored: () => deciders.sayStore(),
        onBroken: (sosId) => the().comingBack.takeBack(sosId),
        onBelieved: (state) => the().comingBack.believe(state),
        onSuperseded: async () => {},
        onSettled: (step, how, done) => the().comingBack.settled(step, how, done),
      });
    dispatch = await Dispatch.open({
      store,
      nodeId,
      clock,
      newId,
      log: silentLogger,
      metrics: noMetrics,
      isProvisional: (sosId) => provisional.has(sosId),
      onStored: (sosId, event) => provisional.isStored(sosId, event),
      publish: (event) => {
        told.push(event);
        bus.tell(event.stream, ['event', event]);
      },
      publishProvisional: (event) => void foretold.push(event),
    });
    opened.push(dispatch);
    deciders.join({ dispatch, hub, outage: provisional });
    bus.onMessage((message) => {
      if (message[0] !== 'event') return;
      const [kind, id = ''] = message[1].stream.split(':');
      if (kind === 'sos')
        void the()
          .follow(id, message[1])
          .catch(() => {});
    });
    const look = () => lookAtStore({ provisional, deciders }, !cut.isCut);
    return { nodeId, cut, foretold, told, log, deciders, dispatch, provisional, look };
  }

  const nodes = new Map<string, Awaited<ReturnType<typeof open>>>();
  for (const name of names) nodes.set(name, await open(name));
  const responders = ['r1', 'r2'].map(() => newId());
  for (const { dispatch } of nodes.values())
    responders.forEach((userId, i) => {
      const asOfMs = clock.nowMs();
      const traits = { skills: RESPONDER_SKILLS, verified: true, available: true, asOfMs };
      dispatch.roster.setTraits({ userId, ...traits });
      dispatch.roster.connected(userId);
      dispatch.roster.moved(userId, destination(HERE, 90, 100 * (i + 1)), asOfMs);
    });
  const node = (name: string) => must(nodes.get(name), name);
  const all = [...nodes.values()];
  const lookAll = async () => {
    for (const one of all) if (!wire.dead.has(one.nodeId)) await one.look();
  };
  await lookAll();
  const creation = (id = newId()): PersonCommand => [
    'sos.create',
    { id, emergencyType: 'MEDICAL', priority: 'HIGH', point: HERE },
  ];
  return {
    clock,
    newId,
    db,
    wire,
    node,
    all,
    lookAll,
    creation,
    requester: newId(),
    responders: responders as [string, string],
    /** It is killed, and after ten seconds its lease is over. */
    kill: (name: string) => void wire.dead.add(name),
    leaseEnds: (name: string) => {
      leaseOver.add(name);
      for (const listener of gone) listener(name);
    },
  };
}

type World = Awaited<ReturnType<typeof world>>;
type One = ReturnType<World['node']>;

/** As a command comes in at the door of a node. */
function ask(world: World, at: One, userId: string, command: PersonCommand) {
  const by = { userId, isDispatcher: false };
  const answer = whereItIsDecided(
    () => at.deciders.ask(by, command, 0),
    () => at.dispatch.execute(by, command, 0),
  );
  return answered(world, answer);
}

/** Time goes on while somebody is waited for. */
async function answered<T>({ clock }: World, asked: Promise<T>): Promise<T> {
  let isOver = false;
  const answer = asked.finally(() => {
    isOver = true;
  });
  answer.catch(() => {});
  for (let turn = 0; turn < 400 && !isOver; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (turn % 20 === 19) clock.advance(500);
  }
  return answer;
}

async function raised(world: World, at: One): Promise<string> {
  const answer = await ask(world, at, world.requester, world.creation());
  return must(answer.ok ? answer.value.sosId : null, 'an SOS');
}

const knows = (world: World, at: One, sosId: string) =>
  until(() => at.dispatch.known.get(sosId) !== undefined, {
    timeoutMs: 5_000,
    what: `${at.nodeId} to know`,
  }).then(() => world);

function acceptOf({ newId }: World, at: One, sosId: string, userId: string): PersonCommand {
  const offers = [...must(at.dispatch.known.get(sosId), 'the SOS').offers.values()];
  const offer = must(
    offers.find(({ responderId }) => responderId === userId),
    'an offer',
  );
  return ['offer.accept', { id: newId(), sosId, offerId: offer.id }];
}

test('a node that is cut off alone gives no place away: who has the store decides, and it is no guess', async () => {
  const here = await world();
  const [a, b] = [here.node('a'), here.node('b')];
  const sosIds = [await raised(here, b), await raised(here, b), await raised(here, b)];
  for (const sosId of sosIds) await knows(here, a, sosId);
  a.cut.isCut = true;
  const [one, two] = here.responders;
  for (const sosId of sosIds.slice(0, 1)) {
    const won = await ask(here, a, one, acceptOf(here, a, sosId, one));
    expect(won).toMatchObject({ ok: true, value: { as: 'PRIMARY' } });
    expect(won).not.toHaveProperty('value.isProvisional');
    expect(await ask(here, b, two, acceptOf(here, b, sosId, two))).not.toMatchObject({
      value: { as: 'PRIMARY' },
    });
  }
  // Also of what begins, and in the middle of a command, when nothing was known of it before.
  const begun = await ask(here, a, here.newId(), here.creation());
  expect(begun).toMatchObject({ ok: true, value: { status: 'PENDING' } });
  expect(begun).not.toHaveProperty('value.isProvisional');
  expect([...a.log.steps.values()]).toEqual([]);
  expect(here.db.states.size).toBe(4);
});

test('it decides by itself when those that have the store do not answer', async () => {
  const here = await world();
  const a = here.node('a');
  a.cut.isCut = true;
  await a.look();
  here.wire.swallow = (message) => message[0] === 'ask';
  const begun = await ask(here, a, here.requester, here.creation());
  expect(begun).toMatchObject({ ok: true, value: { status: 'PENDING', isProvisional: true } });
});

test('who has the store goes on, though a node that is cut off believed it silent and gave the place away, too', async () => {
  const here = await world();
  const [a, b] = [here.node('a'), here.node('b')];
  const [one, two] = here.responders;
  const sosId = await raised(here, b);
  await knows(here, a, sosId);
  a.cut.isCut = true;
  await a.look();
  here.wire.swallow = (message) => message[0] === 'ask' || message[0] === 'event';
  expect(await ask(here, b, one, acceptOf(here, b, sosId, one))).toMatchObject({ value: { as: 'PRIMARY' } });
  expect(await ask(here, a, two, acceptOf(here, a, sosId, two))).toMatchObject({
    value: { as: 'PRIMARY', isProvisional: true },
  });
  expect(b.deciders.has(sosId)).toBe(false);
  // What the other node has promised is not refused at once: it may be about to be written.
  const start: PersonCommand = ['sos.start', { id: here.newId(), sosId }];
  await expect(ask(here, b, two, start)).rejects.toMatchObject({ code: 'store_unavailable' });
  here.clock.advance(15_000);
  expect(await ask(here, b, two, start)).toMatchObject({ ok: false });
  const departure: PersonCommand = ['sos.depart', { id: here.newId(), sosId }];
  expect(await ask(here, b, one, departure)).toMatchObject({ ok: true });
  here.wire.swallow = () => false;
  a.cut.isCut = false;
  await here.lookAll();
  expect(here.db.states.get(sosId)).toMatchObject({ acceptedBy: one });
  expect(heldSlots(must(here.db.states.get(sosId), 'it'))).toHaveLength(1);
});

test('a node that hears that others went on in the store gives no answer by what it believed, and nobody asks it', async () => {
  const here = await world();
  const [a, b, c] = [here.node('a'), here.node('b'), here.node('c')];
  const [one, two] = here.responders;
  const sosId = await raised(here, b);
  for (const node of [a, c]) await knows(here, node, sosId);
  for (const node of [a, c]) node.cut.isCut = true;
  await a.look();
  await c.look();
  here.wire.swallow = (message) => message[0] === 'ask' || message[0] === 'event';
  expect(await ask(here, b, one, acceptOf(here, b, sosId, one))).toMatchObject({ value: { as: 'PRIMARY' } });
  expect(await ask(here, a, two, acceptOf(here, a, sosId, two))).toMatchObject({
    value: { as: 'PRIMARY', isProvisional: true },
  });
  // That it says so to all of them is lost: they hear it when they ask.
  here.wire.swallow = (message) => message[0] === 'overtaken';
  for (const node of [b, a, c]) await node.look();
  expect(c.deciders.has(sosId)).toBe(true);
  expect(await ask(here, b, one, ['sos.depart', { id: here.newId(), sosId }])).toMatchObject({ ok: true });
  // Neither at the node that believed otherwise, nor at one that has heard what that one believed.
  for (const [node, kind] of [
    [a, 'sos.arrive'],
    [c, 'sos.start'],
  ] as const)
    expect(await ask(here, node, one, [kind, { id: here.newId(), sosId }])).toMatchObject({ ok: true });
  for (const node of [a, c]) node.cut.isCut = false;
  await here.lookAll();
  expect(here.db.states.get(sosId)).toMatchObject({ acceptedBy: one });
});

test('whoever was overtaken is left out also when nobody has the store any more', async () => {
  const here = await world();
  const [a, b, c] = [here.node('a'), here.node('b'), here.node('c')];
  const [one, two] = here.responders;
  for (let i = 0; i < 3; i++) {
    const sosId = await raised(here, b);
    for (const node of [a, c]) await knows(here, node, sosId);
    a.cut.isCut = true;
    await here.lookAll();
    here.wire.swallow = (message) => message[0] === 'ask' || message[0] === 'event';
    expect(await ask(here, b, one, acceptOf(here, b, sosId, one))).toMatchObject({ ok: true });
    expect(await ask(here, a, two, acceptOf(here, a, sosId, two))).toMatchObject({ ok: true });
    here.wire.swallow = () => false;
    await here.lookAll();
    expect(await ask(here, b, one, ['sos.depart', { id: here.newId(), sosId }])).toMatchObject({ ok: true });
    for (const node of [b, c]) node.cut.isCut = true;
    await here.lookAll();
    for (const [node, kind] of [
      [b, 'sos.arrive'],
      [a, 'sos.start'],
      [c, 'sos.resolve'],
    ] as const)
      expect(await ask(here, node, one, [kind, { id: here.newId(), sosId }])).toMatchObject({ ok: true });
    for (const node of here.all) node.cut.isCut = false;
    for (let turn = 0; turn < 3; turn++) await here.lookAll();
    expect(here.db.states.get(sosId)).toMatchObject({ acceptedBy: one, status: 'RESOLVED' });
  }
});

test('of a call whose answer from the store is lost, at the node that was asked for it, there is one SOS', async () => {
  const here = await world();
  const [a, b] = [here.node('a'), here.node('b')];
  for (const node of [a, here.node('c')]) node.cut.isCut = true;
  await here.lookAll();
  b.cut.losesAnswers = true;
  const begun = await ask(here, a, here.requester, here.creation());
  expect(begun).toMatchObject({ ok: true });
  const sosId = (begun as { value: { sosId: string } }).value.sosId;
  expect([...here.db.states.keys()]).toEqual([sosId]);
  b.cut.losesAnswers = false;
  for (const node of here.all) node.cut.isCut = false;
  for (let turn = 0; turn < 3; turn++) await here.lookAll();
  expect([...here.db.states.keys()]).toEqual([sosId]);
});

test('more questions than are asked at once make nobody silent: they are refused, and a call for help is not', async () => {
  const here = await world();
  const a = here.node('a');
  const sosId = await raised(here, here.node('b'));
  await knows(here, a, sosId);
  a.cut.isCut = true;
  await a.look();
  here.wire.swallow = (message) => message[0] === 'ask';
  const [one] = here.responders;
  const by = { userId: one, isDispatcher: false };
  const asked = Array.from({ length: 1_000 }, () => a.deciders.ask(by, acceptOf(here, a, sosId, one), 0));
  expect(await a.deciders.ask(by, acceptOf(here, a, sosId, one), 0)).toEqual({
    ok: false,
    code: 'store_unavailable',
  });
  here.wire.swallow = () => false;
  expect(await ask(here, a, here.newId(), here.creation())).not.toHaveProperty('value.isProvisional');
  here.clock.advance(10_000);
  await Promise.all(asked);
});

test('a call that comes again at another node while nobody has the store is the same SOS', async () => {
  const here = await world();
  for (const { cut } of here.all) cut.isCut = true;
  await here.lookAll();
  const creation = here.creation();
  const first = await ask(here, here.node('a'), here.requester, creation);
  expect(first).toMatchObject({ ok: true, value: { isProvisional: true } });
  here.kill('a');
  const again = await ask(here, here.node('b'), here.requester, creation);
  expect(again).toEqual(first);
  expect(here.node('b').log.steps.size).toBe(0);
});

test('what a node had promised that died is written by those who heard of it', async () => {
  const here = await world();
  const [a, b] = [here.node('a'), here.node('b')];
  for (const { cut } of here.all) cut.isCut = true;
  await here.lookAll();
  const sosId = await raised(here, a);
  const [one] = here.responders;
  await ask(here, a, one, acceptOf(here, a, sosId, one));
  here.kill('a');
  for (const { cut } of here.all) cut.isCut = false;
  // Its lease runs: it may still come back and write it itself.
  await here.lookAll();
  expect(here.db.states.has(sosId)).toBe(false);
  here.leaseEnds('a');
  await here.lookAll();
  expect(here.db.states.get(sosId)).toMatchObject({ status: 'ACCEPTED', acceptedBy: one });
  for (const name of ['b', 'c']) expect(here.node(name).deciders.has(sosId)).toBe(false);
  expect(b.dispatch.known.get(sosId)).toMatchObject({ acceptedBy: one });
  // When it is started again it finds that it is written.
  const before = here.db.streams.get(`sos:${sosId}`)?.length;
  a.cut.isCut = false;
  expect(await a.provisional.reconcile()).toBe(true);
  expect(here.db.streams.get(`sos:${sosId}`)).toHaveLength(before ?? 0);
});

test('a decider that is silent keeps nobody waiting who has the store: what it promised is written, and it goes on', async () => {
  const here = await world();
  const [a, b] = [here.node('a'), here.node('b')];
  for (const { cut } of here.all) cut.isCut = true;
  await here.lookAll();
  const sosId = await raised(here, a);
  b.cut.isCut = false;
  await b.look();
  // And now Redis goes away, too.
  here.wire.isUp = false;
  const [one] = here.responders;
  expect(await ask(here, b, one, acceptOf(here, b, sosId, one))).toMatchObject({
    ok: true,
    value: { as: 'PRIMARY' },
  });
  await b.look();
  expect(here.db.states.get(sosId)).toMatchObject({ status: 'ACCEPTED', acceptedBy: one });
  a.cut.isCut = false;
  here.wire.isUp = true;
  await here.lookAll();
  expect(a.dispatch.known.get(sosId)).toMatchObject({ acceptedBy: one });
  expect(heldSlots(must(here.db.states.get(sosId), 'it'))).toHaveLength(1);
});

test('that everything is written is said again, so that who missed it asks no longer', async () => {
  const here = await world();
  const [a, b] = [here.node('a'), here.node('b')];
  for (const { cut } of here.all) cut.isCut = true;
  await here.lookAll();
  const sosId = await raised(here, a);
  expect(b.deciders.has(sosId)).toBe(true);
  for (const { cut } of here.all) cut.isCut = false;
  here.wire.isUp = false;
  await here.lookAll();
  expect(b.deciders.has(sosId)).toBe(true);
  here.wire.isUp = true;
  await here.lookAll();
  await until(() => !b.deciders.has(sosId), { timeoutMs: 5_000, what: 'it to be settled' });
  expect(b.dispatch.comingBack.isUnsure(sosId)).toBe(false);
  expect(b.dispatch.known.get(sosId)).toEqual(here.db.states.get(sosId));
});

test('while nothing gets through what another node has decided counts as written with its first event in the store', async () => {
  const here = await world();
  const [a, b] = [here.node('a'), here.node('b')];
  for (const { cut } of here.all) cut.isCut = true;
  await here.lookAll();
  const sosId = await raised(here, a);
  here.wire.isUp = false;
  b.cut.isCut = false;
  await b.look();
  // The store has nothing of it: nobody is shown it as if it had.
  expect(here.db.states.get(sosId)).toBeUndefined();
  expect(b.deciders.has(sosId)).toBe(true);
  a.cut.isCut = false;
  await a.look();
  expect(b.deciders.has(sosId)).toBe(true);
  // As the log's tail brings it.
  await b.dispatch.follow(sosId, must(a.told[0], 'what was written'));
  expect(b.deciders.has(sosId)).toBe(false);
  expect(b.dispatch.known.get(sosId)).toEqual(here.db.states.get(sosId));
});

test('who missed how it began asks for the whole, and shows it', async () => {
  const here = await world();
  const [a, b] = [here.node('a'), here.node('b')];
  for (const { cut } of here.all) cut.isCut = true;
  await here.lookAll();
  here.wire.swallow = (message, to) => message[0] === 'step' && to === 'b';
  const sosId = await raised(here, a);
  expect(b.dispatch.known.get(sosId)).toBeUndefined();
  here.wire.swallow = () => false;
  const [one] = here.responders;
  await ask(here, a, one, acceptOf(here, a, sosId, one));
  await until(() => b.dispatch.known.get(sosId)?.acceptedBy === one, { timeoutMs: 5_000, what: 'the whole' });
  expect(b.foretold.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['sos.created', 'offer.sent', 'sos.accepted']),
  );
  expect(b.foretold.filter(({ type }) => type === 'sos.accepted')).toHaveLength(1);
});

test('that somebody has set off or has an offer, seen by another node, reaches the one that decides', async () => {
  const here = await world();
  const [a, b] = [here.node('a'), here.node('b')];
  for (const { cut } of here.all) cut.isCut = true;
  await here.lookAll();
  const sosId = await raised(here, a);
  const [one, two] = here.responders;
  const offer = must(
    [...must(b.dispatch.known.get(sosId), 'it').offers.values()].find((o) => o.responderId === two),
    'an offer',
  );
  b.dispatch.received({ userId: two }, sosId, offer.id, false);
  here.clock.advance(200);
  await until(() => a.dispatch.known.get(sosId)?.offers.get(offer.id)?.deliveredAtMs !== null, {
    timeoutMs: 5_000,
    what: 'the receipt',
  });
  await ask(here, b, one, acceptOf(here, b, sosId, one));
  await b.dispatch.inner(sosId, { type: 'moved', responderId: one, what: 'arrived' });
  const arrived = () => heldSlots(must(a.dispatch.known.get(sosId), 'it'))[0]?.holder.arrivedAtMs ?? null;
  await until(() => arrived() !== null, { timeoutMs: 5_000, what: 'the arrival' });
  expect(b.log.steps.size).toBe(0);
});

test('a call for help that comes in before anybody has noticed that the store is gone is decided where it came in', async () => {
  const here = await world();
  const [a, b, c] = [here.node('a'), here.node('b'), here.node('c')];
  // Who has gone on duty a moment ago is known to the node that they are connected to, and to no other one yet.
  const [near] = here.responders;
  for (const { dispatch } of [b, c]) dispatch.roster.forget(near);
  for (const { cut } of here.all) cut.isCut = true;
  const sosId = await raised(here, a);
  expect([...must(a.dispatch.known.get(sosId), 'it').offers.values()].map((o) => o.responderId)).toContain(
    near,
  );
  expect([a, b, c].map(({ log }) => log.steps.size)).toEqual([1, 0, 0]);
});

test('and so is what an alarm of a device opens then', async () => {
  const here = await world(['a', 'b']);
  const [a, b] = [here.node('a'), here.node('b')];
  const order = {
    alertId: here.newId(),
    dueAtMs: here.clock.nowMs(),
    requesterId: here.newId(),
    point: HERE,
  };
  const alarm = { ...order, description: 'pressed' };
  for (const { deciders, dispatch } of here.all)
    deciders.does(
      'alert.sos',
      (asked) => dispatch.raiseForAlert(asked as AlertOrder),
      (asked) => keyForAlert(asked as AlertOrder),
    );
  for (const { cut } of here.all) cut.isCut = true;
  const opened = await answered(
    here,
    whereItIsDecided(
      () => a.deciders.elsewhere('alert.sos', alarm) as ReturnType<typeof a.dispatch.raiseForAlert>,
      () => a.dispatch.raiseForAlert(alarm),
    ),
  );
  expect(opened).toMatchObject({ ok: true, value: { isProvisional: true } });
  expect([a, b].map(({ log }) => log.steps.size)).toEqual([1, 0]);
});

test('of many that are thought to have it still not all are asked', async () => {
  const here = await world(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  for (const { cut } of here.all) cut.isCut = true;
  here.wire.swallow = (message) => message[0] === 'store';
  const a = here.node('a');
  expect(await ask(here, a, here.requester, here.creation())).toMatchObject({
    ok: true,
    value: { isProvisional: true },
  });
  expect(here.all.flatMap(({ log, nodeId }) => (log.steps.size > 0 ? [nodeId] : []))).toEqual(['a']);
});
