import { describe, expect, test } from 'vitest';
import { coarseOffer, inboxOf } from './inbox.ts';
import { DISPATCHER, person, REQUESTER, World } from './testing/world.ts';
import { isParty, joinedSosView, mayReadSos, project, projectForFeed } from './view.ts';

const accepted = () => {
  const w = new World({ near: 100, next: 200 }).raise();
  w.accept('near');
  return w;
};

describe('who may see an SOS', () => {
  test('requester, holder and dispatchers do; who was only asked does not', () => {
    const { state } = accepted();
    expect([REQUESTER, person('near'), DISPATCHER].map((viewer) => mayReadSos(viewer, state))).toEqual([
      true,
      true,
      true,
    ]);
    expect([person('next'), person('stranger')].map((viewer) => mayReadSos(viewer, state))).toEqual([
      false,
      false,
    ]);
  });

  test('the right of a holder ends with the release, at once', () => {
    const w = accepted();
    w.ask(person('near'), { type: 'withdraw', reason: null });
    expect(mayReadSos(person('near'), w.state)).toBe(false);
    const resolved = accepted();
    resolved.ask(person('near'), { type: 'resolve' });
    expect(mayReadSos(person('near'), resolved.state)).toBe(false);
    expect(mayReadSos(REQUESTER, resolved.state)).toBe(true);
  });

  test('the chat is between requester and holder', () => {
    const { state } = accepted();
    expect([REQUESTER, person('near'), DISPATCHER, person('next')].map((p) => isParty(p, state))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('what is told', () => {
  const wave = {
    stream: 'sos:1',
    seq: 2,
    atMs: 1,
    actorId: null,
    type: 'sos.wave_sent',
    data: {
      wave: 1,
      radiusM: 500,
      offers: [{ responderId: 'near' }],
      match: { candidates: [], excluded: [['far', 'busy', 700]], excludedCounts: { busy: 1 } },
      nextWaveAtMs: 5,
    },
  };

  test('the requester learns how many were asked, not who', () => {
    expect(project(REQUESTER, wave).data).toEqual({ wave: 1, radiusM: 500, offers: 1, nextWaveAtMs: 5 });
    expect(project(DISPATCHER, wave)).toBe(wave);
  });

  test('the feed tells how many were passed over, and leaves who to those who look', () => {
    expect(projectForFeed(DISPATCHER, wave).data).toEqual({
      ...wave.data,
      match: { candidates: [], excludedCounts: { busy: 1 } },
    });
  });

  test('all dispatchers are shown the very same object, so that it is encoded once for them', () => {
    const other = { ...DISPATCHER, userId: 'another' };
    const w = new World({ near: 320 }).raise({});
    const created = { ...wave, type: 'sos.created', seq: 1, data: w.log[0]?.data };
    for (const event of [wave, created]) {
      expect(project(other, event)).toBe(project(DISPATCHER, event));
      expect(projectForFeed(other, event)).toBe(projectForFeed(DISPATCHER, event));
    }
    expect(project(REQUESTER, created)).not.toEqual(project(DISPATCHER, created));
  });

  test('nobody but dispatchers learns by which rule, of which duplicates and where to call back', () => {
    const w = new World({ near: 320 }).raise({ callbackNumber: '+1' });
    const created = { ...wave, type: 'sos.created', seq: 1, data: w.log[0]?.data };
    expect(Object.keys(project(DISPATCHER, created).data as object)).toEqual(
      expect.arrayContaining(['rule', 'duplicates', 'callbackNumber', 'wanted']),
    );
    const told = project(REQUESTER, created).data as Record<string, unknown>;
    expect([told.rule, told.duplicates, told.callbackNumber]).toEqual([undefined, undefined, undefined]);
    expect(told.wanted).toEqual(['PRIMARY']);
  });

  test('the requester does not learn who declined, neither from the event nor from whose act it was', () => {
    const declined = {
      ...wave,
      actorId: 'near',
      type: 'sos.offer_declined',
      data: { offerId: 'o', responderId: 'near' },
    };
    expect(project(REQUESTER, declined)).toEqual({ ...declined, actorId: null, data: { offerId: 'o' } });
    expect(project(DISPATCHER, declined)).toBe(declined);
  });

  test.each([
    ['sos.wave_sent', { offers: [], match: {} }],
    ['sos.escalated', { reason: 'nobody_left' }],
    ['sos.offers_closed', { offerIds: ['o'], reason: 'filled' }],
  ])('nor from what follows from their no: %s', (type, data) => {
    const followed = { ...wave, actorId: 'near', type, data };
    expect(project(REQUESTER, followed).actorId).toBe(null);
    expect(project(DISPATCHER, followed).actorId).toBe('near');
    expect(project(person('near'), followed).actorId).toBe('near');
  });

  test('the requester learns who asked for a human and who comes', () => {
    const asked = { ...wave, actorId: 'near', type: 'sos.escalated', data: { reason: 'asked_for' } };
    expect(project(REQUESTER, asked)).toBe(asked);
    const departed = {
      ...wave,
      actorId: 'near',
      type: 'sos.departed',
      data: { responderId: 'near', slot: 1 },
    };
    expect(project(REQUESTER, departed)).toBe(departed);
  });

  test.each([
    ['sos.holder_assigned', { responderId: 'x', despite: 'declined' }, { responderId: 'x', despite: null }],
    ['sos.withdrawn', { responderId: 'x', reason: 'my child is ill' }, { responderId: 'x', reason: null }],
    ['sos.holder_released', { responderId: 'x', reason: 'drunk' }, { responderId: 'x', reason: null }],
    [
      'sos.handed_off',
      { service: '112', reference: 'A-1', note: 'violent' },
      { service: '112', reference: null, note: null },
    ],
    [
      'sos.joined',
      { sosId: 's', requesterIds: ['y'], callbackNumber: '+1' },
      { sosId: 's', requesterIds: [], callbackNumber: null },
    ],
  ])('why somebody gave up, was sent or was taken out is for dispatchers: %s', (type, data, told) => {
    const event = { ...wave, type, data };
    expect(project(REQUESTER, event).data).toEqual(told);
    expect(project(DISPATCHER, event)).toBe(event);
  });

  test('who belongs to it by a merge learns nothing of what the other caller said', () => {
    const w = new World({ near: 320 }).raise({ description: 'my husband fell', addressText: 'third floor' });
    const created = { ...wave, actorId: 'requester', type: 'sos.created', seq: 1, data: w.log[0]?.data };
    const joined = { ...person('another'), isJoined: true };
    const seen = project(joined, created);
    expect(seen.actorId).toBe(null);
    expect(seen.data).toMatchObject({ requesterId: null, description: null, addressText: null });
    const ended = { ...wave, actorId: 'requester', type: 'sos.cancelled', data: { reason: null } };
    expect(project(joined, ended).actorId).toBe(null);
    const comes = { ...wave, actorId: 'near', type: 'sos.departed', data: { responderId: 'near', slot: 1 } };
    expect(project(joined, comes)).toBe(comes);
    const contacts = new Map([['requester', { name: 'Ann', phone: '+1' }]]);
    const view = joinedSosView(w.state, contacts);
    expect(JSON.stringify(view)).not.toMatch(/Ann|\+1|husband|floor|requester"/);
  });

  test('an offer tells a cell, a band and a kind, never a place or a person', () => {
    const w = new World({ near: 320 }).raise();
    const [offer] = [...w.state.offers.values()];
    expect(offer && Object.keys(coarseOffer(w.state, offer)).sort()).toEqual([
      'cell',
      'distanceBandM',
      'emergencyType',
      'expiresAtMs',
      'isDrill',
      'offerId',
      'origin',
      'priority',
      'sosId',
    ]);
    expect(offer && coarseOffer(w.state, offer).distanceBandM).toBe(500);
  });

  test('a cancelled SOS releases its holder in their inbox', () => {
    const w = accepted();
    const before = w.state;
    w.ask(REQUESTER, { type: 'cancel', reason: null });
    expect(
      inboxOf({ type: 'sos.cancelled', data: { reason: null, mergedInto: null } }, before, w.state),
    ).toEqual([{ userId: 'near', type: 'sos.released', data: { sosId: 'sos', reason: 'cancelled' } }]);
  });
});
