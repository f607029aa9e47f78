import { describe, expect, test } from 'vitest';
import type { StreamEvent } from '../protocol/down.ts';
import { Ledger } from './ledger.ts';

const id = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const SOS = id(1);
const [ANN, BEN] = [id(11), id(12)];

function event(stream: string, seq: number, type: string, data: object, atMs = seq): StreamEvent {
  return { stream, seq, atMs, actorId: null, type, data } as StreamEvent;
}
const accepted = (seq: number, responderId: string, slot = 0) =>
  event(`sos:${SOS}`, seq, 'sos.accepted', { offerId: id(seq), responderId, slot, distanceM: 100 });
const withdrawn = (seq: number, responderId: string) =>
  event(`sos:${SOS}`, seq, 'sos.withdrawn', { responderId, slot: 0, reason: null });
const assigned = (who: string, seq: number, atMs: number, sosId = SOS) =>
  event(`inbox:${who}`, seq, 'sos.assigned', { sosId, slot: 0 }, atMs);
const released = (who: string, seq: number, atMs: number, sosId = SOS) =>
  event(`inbox:${who}`, seq, 'sos.released', { sosId, reason: 'withdrawn' }, atMs);

function ledgerOf(...events: StreamEvent[]): Ledger {
  let nowMs = 0;
  const ledger = new Ledger(() => nowMs++);
  ledger.raised(SOS, id(9), 0);
  const watched = new Map<string, ReturnType<Ledger['watch']>>();
  for (const one of events) {
    const watch = watched.get(one.stream) ?? ledger.watch(0);
    watched.set(one.stream, watch);
    watch.event(one);
  }
  return ledger;
}

describe('two holders of one slot', () => {
  test('one after the other are fine', () => {
    const ledger = ledgerOf(accepted(1, ANN), withdrawn(2, ANN), accepted(3, BEN));
    expect(ledger.doubleHolders()).toBe(0);
  });

  test('two acceptances without a withdrawal between are found', () => {
    expect(ledgerOf(accepted(1, ANN), accepted(2, BEN)).doubleHolders()).toBe(1);
  });

  test('two slots may have a holder each', () => {
    expect(ledgerOf(accepted(1, ANN, 0), accepted(2, BEN, 1)).doubleHolders()).toBe(0);
  });

  test('inboxes that overlap in time are found, whatever the stream of the SOS says', () => {
    const ledger = ledgerOf(assigned(ANN, 1, 10), assigned(BEN, 1, 15), released(ANN, 2, 20));
    expect(ledger.doubleHolders()).toBe(1);
  });

  test('inboxes that touch are not', () => {
    const ledger = ledgerOf(assigned(ANN, 1, 10), released(ANN, 2, 20), assigned(BEN, 1, 20));
    expect(ledger.doubleHolders()).toBe(0);
  });

  test('somebody whom a dispatcher sends or takes out counts like anybody else', () => {
    const sent = event(`sos:${SOS}`, 2, 'sos.holder_assigned', { responderId: BEN, slot: 0 });
    const out = event(`sos:${SOS}`, 2, 'sos.holder_released', { responderId: ANN, slot: 0 });
    expect(ledgerOf(accepted(1, ANN), sent).doubleHolders()).toBe(1);
    expect(ledgerOf(accepted(1, ANN), out, accepted(3, BEN)).doubleHolders()).toBe(0);
  });

  test('who is promoted leaves the slot behind', () => {
    const promoted = event(`sos:${SOS}`, 3, 'sos.holder_promoted', {
      responderId: BEN,
      fromSlot: 1,
      toSlot: 0,
    });
    const fine = [accepted(1, ANN), accepted(2, BEN, 1)];
    expect(ledgerOf(...fine, promoted).doubleHolders()).toBe(1);
    const again = { ...promoted, seq: 4 };
    expect(ledgerOf(...fine, withdrawn(3, ANN), again, accepted(5, ANN, 1)).doubleHolders()).toBe(0);
    const inbox = event(`inbox:${BEN}`, 2, 'sos.promoted', { sosId: SOS, slot: 0 }, 20);
    const held = { ...assigned(BEN, 1, 10), data: { sosId: SOS, slot: 1 } } as StreamEvent;
    expect(ledgerOf(held, inbox, assigned(ANN, 1, 15)).doubleHolders()).toBe(1);
    expect(ledgerOf(held, inbox, assigned(ANN, 1, 15), released(ANN, 2, 20)).doubleHolders()).toBe(0);
  });

  test('one person in two slots of one SOS is found', () => {
    expect(ledgerOf(accepted(1, ANN, 0), accepted(2, ANN, 1)).doubleHolders()).toBe(1);
  });

  test('one person with two slots is found', () => {
    expect(ledgerOf(assigned(ANN, 1, 10), assigned(ANN, 2, 15, id(2))).doubleSlots()).toBe(1);
    expect(
      ledgerOf(assigned(ANN, 1, 10), released(ANN, 2, 12), assigned(ANN, 3, 15, id(2))).doubleSlots(),
    ).toBe(0);
  });
});

describe('numbers of a stream', () => {
  const faults = (afterSeq: number | null, ...seqs: number[]) => {
    const ledger = new Ledger(() => 0);
    const watch = ledger.watch(afterSeq);
    for (const seq of seqs) watch.event(accepted(seq, ANN));
    return ledger.faults;
  };

  test('1, 2, 3 is right', () => expect(faults(0, 1, 2, 3)).toMatchObject({ duplicates: 0, gaps: 0 }));
  test('a hole is counted', () => expect(faults(0, 1, 3)).toMatchObject({ duplicates: 0, gaps: 1 }));
  test('a late start is a hole', () => expect(faults(0, 2)).toMatchObject({ gaps: 1 }));
  test('a repetition is counted', () => expect(faults(0, 1, 2, 2)).toMatchObject({ duplicates: 1, gaps: 0 }));
  test('going back is a repetition', () =>
    expect(faults(0, 1, 2, 1)).toMatchObject({ duplicates: 1, gaps: 0 }));
  test('an event before the promised snapshot is a hole', () =>
    expect(faults(null, 1)).toMatchObject({ gaps: 1 }));

  test('a snapshot stands for everything up to its number', () => {
    const ledger = new Ledger(() => 0);
    const watch = ledger.watch(null);
    watch.snapshot(7);
    watch.event(accepted(8, ANN));
    expect(ledger.faults).toMatchObject({ duplicates: 0, gaps: 0 });
  });

  test('two viewers who are told different things at one number contradict each other', () => {
    const ledger = new Ledger(() => 0);
    ledger.watch(0).event(accepted(1, ANN));
    ledger.watch(0).event(withdrawn(1, ANN));
    expect(ledger.faults.contradictions).toBe(1);
  });
});

test('the first offer and the first holder give the times', () => {
  const ledger = ledgerOf(
    event(`inbox:${ANN}`, 1, 'offer.sent', { sosId: SOS, offerId: id(5) }),
    event(`inbox:${BEN}`, 1, 'offer.sent', { sosId: SOS, offerId: id(6) }),
    accepted(1, BEN),
  );
  expect(ledger.times()).toEqual([
    { raisedAtMs: 0, firstOfferAtMs: 0, acceptedAtMs: 2, distanceM: 100, expectedArrivalMs: null },
  ]);
  expect(ledger.inboxEvents('offer.sent')).toHaveLength(2);
});

test('how soon the first holder was expected is what dispatchers were told, whoever was told first', () => {
  const wave = (offers: unknown) => event(`sos:${SOS}`, 1, 'sos.wave_sent', { wave: 1, offers });
  const ledger = ledgerOf(wave(1));
  const dispatcher = ledger.watch(0);
  dispatcher.event(wave([{ offerId: id(2), etaMs: 240_000 }]));
  dispatcher.event(accepted(2, ANN));
  expect(ledger.times()[0]?.expectedArrivalMs).toBe(240_000);
  expect(ledger.faults.contradictions).toBe(0);
});
