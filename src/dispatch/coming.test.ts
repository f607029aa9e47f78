import { describe, expect, test } from 'vitest';
import { comingTo } from './coming.ts';
import { KnownSos } from './known-sos.ts';
import { Roster } from './roster.ts';
import { person, REQUESTER, World } from './testing/world.ts';

const SEEN_MS = 1_750_000_000_000;

function stageOf(world: World) {
  const known = new KnownSos();
  const roster = new Roster();
  const saw: string[] = [];
  for (const userId of world.people.keys()) {
    roster.setTraits({ userId, skills: [], verified: true, available: true, asOfMs: 1 });
    roster.moved(userId, { lat: 1, lng: 2 }, SEEN_MS);
  }
  let whileReading = () => {};
  const coming = comingTo({
    dispatch: { known, roster },
    contacts: async (ids) => {
      whileReading();
      return new Map(ids.map((id) => [id, { name: `Name of ${id}`, phone: null }]));
    },
    disclosures: { saw: (viewer, subject, sosId) => saw.push(`${viewer.userId} ${subject} ${sosId ?? '-'}`) },
  });
  const look = (userId: string) => {
    known.remember(world.state);
    return coming(userId);
  };
  return {
    known,
    saw,
    look,
    duringReading: (act: () => void) => {
      whileReading = act;
    },
  };
}

const raised = () => new World({ near: 100, next: 200 }).raise();

describe('who comes to help somebody', () => {
  test('is told to them by name and place once they have said yes, and each sight of a place is on record', async () => {
    const world = raised();
    const { look, saw } = stageOf(world);
    expect(await look(REQUESTER.userId)).toEqual([]);
    world.accept('near');
    expect(await look(REQUESTER.userId)).toEqual([
      { sosId: 'sos', responderId: 'near', name: 'Name of near', at: { lat: 1, lng: 2, atMs: SEEN_MS } },
    ]);
    expect(saw).toEqual(['requester near -']);
  });

  test('is told to nobody else: neither to others who come, nor to who was asked, nor to a stranger', async () => {
    const world = raised();
    world.accept('near');
    const { look, saw } = stageOf(world);
    for (const other of ['near', 'next', 'stranger']) expect(await look(other)).toEqual([]);
    expect(saw).toEqual([]);
  });

  test('is told no longer once they gave up, or the SOS is over', async () => {
    const withdrawn = raised();
    withdrawn.accept('near');
    withdrawn.ask(person('near'), { type: 'withdraw', reason: null });
    expect(await stageOf(withdrawn).look(REQUESTER.userId)).toEqual([]);
    const resolved = raised();
    resolved.accept('near');
    resolved.ask(person('near'), { type: 'resolve' });
    expect(await stageOf(resolved).look(REQUESTER.userId)).toEqual([]);
  });

  test('is not told of who gave up while their name was read', async () => {
    const world = raised();
    world.accept('near');
    const { look, known, saw, duringReading } = stageOf(world);
    duringReading(() => {
      world.ask(person('near'), { type: 'withdraw', reason: null });
      known.remember(world.state);
    });
    expect(await look(REQUESTER.userId)).toEqual([]);
    expect(saw).toEqual([]);
  });
});

test('the open SOS of a person are found by them, until they are over', () => {
  const world = raised();
  const known = new KnownSos();
  known.remember(world.state);
  expect(known.requestedBy(REQUESTER.userId).map(({ id }) => id)).toEqual(['sos']);
  expect(known.requestedBy('near')).toEqual([]);
  known.remember({ ...world.state, joinedIds: ['other'] });
  expect(known.requestedBy('other').map(({ id }) => id)).toEqual(['sos']);
  world.accept('near');
  world.ask(person('near'), { type: 'resolve' });
  known.remember(world.state);
  expect([known.requestedBy(REQUESTER.userId), known.requestedBy('other')]).toEqual([[], []]);
});
