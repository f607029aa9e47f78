import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { wireShape } from './shape.ts';
import { SUBPROTOCOLS, WIRE_VERSION } from './version.ts';

const SHAPE_OF_VERSION_1 = '2f6118528dbbe8ac983b47de5af2ceedfd8fafdd0be1eb0536353ebadc1ca5fb';

const WHAT_TO_DO = `The wire has changed shape. Code that is already out there may not understand the new messages.
If it would not: raise WIRE_VERSION, and add a line to the history in version.ts that says what changed.
If it would, or while version 1 is not released: put the new hash into this test, on purpose.`;

test('no message changes shape by accident', () => {
  expect(createHash('sha256').update(wireShape()).digest('hex'), WHAT_TO_DO).toBe(SHAPE_OF_VERSION_1);
});

test('the shape holds every part of the wire', () => {
  const shape = JSON.parse(wireShape());
  expect(shape.up['sos.create'].required).toEqual(['emergencyType', 'id', 'point', 'priority']);
  expect(shape.up['sos.create'].properties.description.maxLength).toBe(2_000);
  expect(shape.up.hello.properties.client).not.toHaveProperty('description');
  expect(shape.down.event.oneOf.length).toBeGreaterThan(10);
  expect(shape.rows.fix.prefixItems).toHaveLength(8);
  expect(shape.errors.offer_filled).toEqual({ number: 124, http: 409, retryable: false });
  expect(shape.closeCodes.slow).toEqual({ code: 4008, comeBack: 'at_once' });
  expect(shape.limits.frameBytes).toBe(65_536);
});

test('the subprotocols name the version', () => {
  for (const [encoding, name] of Object.entries(SUBPROTOCOLS)) {
    expect(name).toBe(`muster.v${WIRE_VERSION}.${encoding}`);
  }
});
