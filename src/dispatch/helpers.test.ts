import { describe, expect, test } from 'vitest';
import { type HelperEvent, helpersOf } from './helpers.ts';
import { DISPATCHER, person, World } from './testing/world.ts';

const of = (world: World) => helpersOf(world.log as unknown as readonly HelperEvent[]);

describe('who helped', () => {
  test('is who held it when it was resolved', () => {
    const world = new World({ a: 100, b: 200 }).raise();
    expect(of(world)).toEqual([]);
    world.accept('a');
    expect(of(world)).toEqual([]);
    world.ask(person('a'), { type: 'resolve' });
    expect(of(world)).toEqual(['a']);
  });

  test('is not who gave it back on the way, and is who had been there', () => {
    const world = new World({ a: 100, b: 200, c: 300 }).raise();
    world.accept('a');
    world.ask(person('a'), { type: 'withdraw', reason: null });
    world.accept('b');
    world.ask(person('b'), { type: 'arrive' });
    world.ask(person('b'), { type: 'withdraw', reason: null });
    world.accept('c');
    world.ask(person('c'), { type: 'resolve' });
    expect(of(world)).toEqual(['b', 'c']);
  });

  test('is nobody when it was called off before anybody was there', () => {
    const world = new World({ a: 100 }).raise();
    world.accept('a');
    world.ask(DISPATCHER, { type: 'cancel', reason: null });
    expect(of(world)).toEqual([]);
  });

  test('is also who was sent, and both when it was opened again', () => {
    const world = new World({ a: 100, b: 200 }).raise();
    world.ask(DISPATCHER, { type: 'assign', responderId: 'b', slot: null });
    world.ask(DISPATCHER, { type: 'resolve' });
    world.ask(DISPATCHER, { type: 'reopen', reason: null });
    world.ask(DISPATCHER, { type: 'assign', responderId: 'a', slot: null });
    world.ask(DISPATCHER, { type: 'resolve' });
    expect(of(world)).toEqual(['b', 'a']);
  });
});
