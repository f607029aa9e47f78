import { describe, expect, it } from 'vitest';
import { Pace } from './pace.ts';

const opened = (most = 500) => {
  const pace = new Pace();
  pace.opened(most);
  return pace;
};

describe('how much is sent at once', () => {
  it('begins small, doubles while the answers are quick, and ends at what fits into a frame', () => {
    const pace = opened();
    const rows = [pace.rowsPerFrame];
    for (let i = 0; i < 5; i++) {
      pace.acknowledged(100);
      rows.push(pace.rowsPerFrame);
    }
    expect(rows).toEqual([50, 100, 200, 400, 500, 500]);
  });

  it('halves while the answers are slow, and goes on with a little', () => {
    const pace = opened();
    for (let i = 0; i < 5; i++) pace.acknowledged(100);
    const rows = [];
    for (let i = 0; i < 6; i++) {
      pace.acknowledged(3_000);
      rows.push(pace.rowsPerFrame);
    }
    expect(rows).toEqual([250, 125, 62, 31, 25, 25]);
  });

  it('is left alone in between, and begins anew with each connection', () => {
    const pace = opened();
    for (let i = 0; i < 5; i++) pace.acknowledged(600);
    expect(pace.rowsPerFrame).toBe(50);
    for (let i = 0; i < 5; i++) pace.acknowledged(100);
    pace.opened(500);
    expect(pace.rowsPerFrame).toBe(50);
  });

  it('is never more than fits', () => {
    expect(opened(10).rowsPerFrame).toBe(10);
  });

  it('keeps what is on its way over a slow link to less than two seconds of it', () => {
    // 64 kbit/s, 45 bytes a fix, four frames at once, a way there and back of 300 ms.
    const pace = opened();
    const secondsOf = (rows: number) => (rows * 45) / 8_000;
    for (let i = 0; i < 20; i++) {
      pace.acknowledged(300 + secondsOf(4 * pace.rowsPerFrame) * 1_000);
      expect(secondsOf(4 * pace.rowsPerFrame)).toBeLessThan(2);
    }
  });
});
