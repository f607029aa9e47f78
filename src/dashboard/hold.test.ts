import { describe, expect, test } from 'vitest';
import { givenUp, HOLD_MS, heldPart, IDLE, pressed, released, SECOND_TAP_MS, ticked } from './hold.ts';

describe('the button that asks for help', () => {
  test('fires once it was held long enough, and not before', () => {
    const holding = pressed(IDLE, 0);
    expect(ticked(holding, HOLD_MS - 1).state).toBe('holding');
    expect(ticked(holding, HOLD_MS).state).toBe('fired');
    expect([0, 250, 5_000].map((ms) => heldPart(holding, ms))).toEqual([0, 0.25, 1]);
  });

  test('held on a page that was too busy to tick fires when it is let go', () => {
    expect(released(pressed(IDLE, 0), HOLD_MS + 5).state).toBe('fired');
  });

  test('takes a key that repeats for one press', () => {
    const once = pressed(IDLE, 0);
    expect(pressed(once, 500)).toBe(once);
  });

  test('touched once does nothing by itself', () => {
    const armed = released(pressed(IDLE, 0), 80);
    expect(armed.state).toBe('armed');
    expect(ticked(armed, 80 + SECOND_TAP_MS)).toEqual(IDLE);
  });

  test('tapped twice fires, for those who can not hold', () => {
    const armed = released(pressed(IDLE, 0), 80);
    expect(released(pressed(armed, 900), 960).state).toBe('fired');
    const late = pressed(armed, 80 + SECOND_TAP_MS);
    expect(released(late, 80 + SECOND_TAP_MS + 60).state).toBe('armed');
  });

  test('is given up when the finger slides away', () => {
    expect(givenUp(pressed(IDLE, 0))).toEqual(IDLE);
    expect(givenUp({ state: 'fired' }).state).toBe('fired');
  });
});
