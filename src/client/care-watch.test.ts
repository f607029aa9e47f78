import { expect, test } from 'vitest';
import { CareWatch } from './care-watch.ts';

function stage() {
  const sent: unknown[] = [];
  const watch = new CareWatch({ send: (frame) => sent.push(frame) > 0, guarded: (fn) => fn() });
  const seen: string[] = [];
  const handlers = {
    onPeople: (people: readonly unknown[]) => seen.push(`people ${people.length}`),
    onState: ({ gone }: { gone: readonly string[] }) => seen.push(`gone ${gone.join()}`),
  };
  return { sent, watch, seen, handlers };
}

test('the wall is asked for on each connection, and a change before its beginning is none', () => {
  const { sent, watch, seen, handlers } = stage();
  watch.watch(handlers);
  expect(sent).toEqual([]);
  watch.opened();
  watch.state({ people: [], gone: ['early'] });
  watch.people({ people: [] });
  watch.state({ people: [], gone: ['a'] });
  watch.closed();
  watch.opened();
  watch.state({ people: [], gone: ['late'] });
  expect(sent).toEqual([
    ['watch', { feed: 'care' }],
    ['watch', { feed: 'care' }],
  ]);
  expect(seen).toEqual(['people 0', 'gone a']);
});

test('one watches once at a time, and no longer than one likes', () => {
  const { watch, seen, handlers } = stage();
  watch.opened();
  const stop = watch.watch(handlers);
  expect(() => watch.watch(handlers)).toThrow(expect.objectContaining({ code: 'too_many' }));
  stop();
  watch.people({ people: [] });
  expect(seen).toEqual([]);
  watch.watch(handlers);
  watch.people({ people: [] });
  expect(seen).toEqual(['people 0']);
});
