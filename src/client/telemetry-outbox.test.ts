import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uuidV7Maker } from '../lib/ids.ts';
import { seededRandom } from '../lib/random.ts';
import type { FixRow } from './fix.ts';
import { TelemetryOutbox } from './telemetry-outbox.ts';

const outbox = (maxRows = 1_000, rowsPerFrame = 10) =>
  new TelemetryOutbox<FixRow>({ newEpoch: uuidV7Maker(() => 1, seededRandom(1)), maxRows, rowsPerFrame });
const fill = (box: TelemetryOutbox<FixRow>, from: number, to: number) => {
  let dropped = 0;
  for (let n = from; n <= to; n++) dropped += box.append([n]);
  return dropped;
};
const frames = (box: TelemetryOutbox<FixRow>) => {
  const out: string[] = [];
  for (let frame = box.next(); frame; frame = box.next()) {
    out.push(`${frame.seq}: ${frame.rows[0]?.[0]}-${frame.rows.at(-1)?.[0]}`);
  }
  return out;
};

describe('the telemetry outbox', () => {
  it('sends at most a frame full at a time and four frames at once, and goes on as they are acknowledged', () => {
    const box = outbox();
    fill(box, 1, 65);
    expect(frames(box)).toEqual(['1: 1-10', '11: 11-20', '21: 21-30', '31: 31-40']);
    box.ack(box.epoch, 10);
    expect(frames(box)).toEqual(['41: 41-50']);
    box.ack(box.epoch, 50);
    expect(frames(box)).toEqual(['51: 51-60', '61: 61-65']);
    box.ack(box.epoch, 65);
    expect(box.size).toBe(0);
  });

  it('lets new ones join a backlog that drains', () => {
    const box = outbox();
    fill(box, 1, 3);
    expect(frames(box)).toEqual(['1: 1-3']);
    fill(box, 4, 30);
    expect(frames(box)).toEqual(['4: 4-13', '14: 14-23', '24: 24-30']);
  });

  it('goes back to the number the server expects, one frame at a time until something is acknowledged', () => {
    const box = outbox();
    fill(box, 1, 60);
    frames(box);
    expect(box.nack(box.epoch, 21)).toBe(null);
    expect(frames(box)).toEqual(['21: 21-30']);
    box.nack(box.epoch, 21);
    expect(frames(box)).toEqual(['21: 21-30']);
    box.ack(box.epoch, 30);
    expect(frames(box)).toEqual(['31: 31-40', '41: 41-50', '51: 51-60']);
  });

  it('goes on after what the welcome says is committed', () => {
    const box = outbox();
    fill(box, 1, 25);
    frames(box);
    expect(box.welcome(12)).toBe(null);
    expect(box.ackedSeq).toBe(12);
    expect(frames(box)).toEqual(['13: 13-22', '23: 23-25']);
  });

  it('pays no heed to what is of another epoch, or old', () => {
    const box = outbox();
    fill(box, 1, 10);
    frames(box);
    box.ack('other', 10);
    box.nack('other', 1);
    box.ack(box.epoch, 5);
    box.ack(box.epoch, 3);
    expect(box.ackedSeq).toBe(5);
    expect(box.size).toBe(5);
    expect(frames(box)).toEqual([]);
  });

  it('begins a new epoch with everything it has when the server has lost what was forgotten here', () => {
    for (const tell of ['welcome', 'nack'] as const) {
      const box = outbox();
      fill(box, 1, 25);
      frames(box);
      box.ack(box.epoch, 10);
      const before = box.epoch;
      expect(tell === 'welcome' ? box.welcome(4) : box.nack(before, 5)).toBe('server_lost');
      expect(box.epoch).not.toBe(before);
      expect(frames(box)).toEqual(['1: 11-20']);
      box.ack(box.epoch, 10);
      expect(frames(box)).toEqual(['11: 21-25']);
    }
  });

  it('begins a new epoch when the server has numbers that were never given here, so that nothing passes for known', () => {
    for (const tell of ['welcome', 'ack', 'nack'] as const) {
      const box = outbox();
      fill(box, 1, 5);
      frames(box);
      const { epoch } = box;
      const answer = {
        welcome: () => box.welcome(9),
        ack: () => box.ack(epoch, 9),
        nack: () => box.nack(epoch, 9),
      };
      expect(answer[tell]()).toBe('server_ahead');
      expect(frames(box)).toEqual(['1: 1-5']);
    }
  });

  it('drops the oldest unsent one when it is full, and no number is missing', () => {
    const box = outbox(50, 10);
    fill(box, 1, 30);
    expect(frames(box)).toEqual(['1: 1-10', '11: 11-20', '21: 21-25']);
    expect(fill(box, 31, 54)).toBe(4);
    expect(box.size).toBe(50);
    box.ack(box.epoch, 25);
    expect(frames(box)).toEqual(['26: 30-39', '36: 40-49', '46: 50-54']);
  });

  it('gives every number once and to one fix only, without gaps, whatever is dropped, lost and gone back to', () => {
    const anyMove = fc.oneof(
      { weight: 4, arbitrary: fc.record({ append: fc.integer({ min: 1, max: 30 }) }) },
      { weight: 4, arbitrary: fc.record({ ackUpTo: fc.double({ min: 0, max: 1, noNaN: true }) }) },
      { weight: 1, arbitrary: fc.record({ nackAt: fc.double({ min: 0, max: 1, noNaN: true }) }) },
      { weight: 1, arbitrary: fc.constant('reconnect' as const) },
      { weight: 1, arbitrary: fc.constant('hold' as const) },
    );
    fc.assert(
      fc.property(
        fc.array(anyMove, { maxLength: 80 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 12 }),
        (moves, maxFixes, perFrame) => {
          const box = outbox(maxFixes, perFrame);
          const fixOf: unknown[] = [];
          let given = 0;
          let dropped = 0;
          const send = () => {
            let count = 0;
            for (let frame = box.next(); frame; frame = box.next(), count++) {
              expect(frame.rows.length).toBeLessThanOrEqual(perFrame);
              expect(frame.seq).toBeLessThanOrEqual(fixOf.length + 1);
              for (const [i, row] of frame.rows.entries()) {
                const index = frame.seq + i - 1;
                fixOf[index] ??= row[0];
                expect(fixOf[index]).toBe(row[0]);
              }
            }
            expect(count).toBeLessThanOrEqual(4);
          };
          for (const move of moves) {
            const open = fixOf.length - box.ackedSeq;
            if (move === 'reconnect') box.welcome(box.ackedSeq);
            else if (move === 'hold') box.goBack();
            else if ('append' in move) {
              for (let i = 0; i < move.append; i++) dropped += box.append([++given]);
            } else if ('ackUpTo' in move) box.ack(box.epoch, box.ackedSeq + Math.floor(open * move.ackUpTo));
            else box.nack(box.epoch, box.ackedSeq + 1 + Math.floor(open * move.nackAt));
            expect(box.size).toBeLessThanOrEqual(maxFixes);
            send();
          }
          for (let round = 0; box.size > 0 && round <= given; round++) {
            box.ack(box.epoch, fixOf.length);
            send();
          }
          expect(fixOf).toEqual([...new Set(fixOf)].sort((a, b) => Number(a) - Number(b)));
          expect(fixOf.length).toBe(given - dropped);
        },
      ),
      { numRuns: 500 },
    );
  });
});
