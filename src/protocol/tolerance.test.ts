import { expect, test } from 'vitest';
import { EXAMPLES } from './examples.ts';
import { readDown, readUp } from './read-frame.ts';

test('a client hears the rest of a frame in which a newer node says more', () => {
  const said = EXAMPLES.flatMap(({ frames }) => frames).filter(({ from }) => from === 'server');
  for (const { frame } of said) {
    const [kind, body] = frame;
    expect(readDown(frame).ok).toBe(true);
    expect(readDown([kind, { ...body, saidByNewerNodes: 1 }])).toEqual(readDown(frame));
  }
  expect(said.length).toBeGreaterThan(5);
});

test('a node takes nothing that it does not know', () => {
  const hb = { sentAtMs: 1 };
  expect(readUp(['hb', hb]).ok).toBe(true);
  expect(readUp(['hb', { ...hb, saidByNewerClients: 1 }])).toMatchObject({ ok: false, code: 'bad_frame' });
});
