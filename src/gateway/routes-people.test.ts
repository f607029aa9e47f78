import { afterEach, describe, expect, test } from 'vitest';
import { ok, refused } from '../lib/result.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';

const USER = '00000000-0000-4000-8000-000000000001';
const DOCUMENT = '00000000-0000-4000-8000-00000000000d';

let on: Stage | null = null;
afterEach(() => on?.close());

/** A stage on which these parts of the people service answer. */
async function begin(people: object) {
  on = await stage();
  Object.assign(on.fake.people, people);
  const { origin } = on;
  return (method: string, path: string, init: RequestInit = {}) =>
    fetch(origin + path, { method, ...init, headers: { authorization: `Bearer ${USER}`, ...init.headers } });
}

describe('an upload', () => {
  const path = '/v1/me/documents?role=volunteer&type=ID_PROOF&name=card.pdf';
  const content = Buffer.alloc(300_000, 7);

  test('takes more than a message may hold, byte by byte', async () => {
    const added: { content: Uint8Array; fileName: string }[] = [];
    const ask = await begin({
      addDocument: async (_by: unknown, document: { content: Uint8Array; fileName: string }) => {
        added.push(document);
        return ok({ id: DOCUMENT });
      },
    });
    const answer = await ask('POST', path, { body: content });
    expect([answer.status, await answer.json()]).toEqual([201, { id: DOCUMENT }]);
    expect(added.map((document) => document.fileName)).toEqual(['card.pdf']);
    expect(Buffer.from(added[0]?.content ?? [])).toEqual(content);
  });

  test('has an end, and is for those who show a token', async () => {
    const ask = await begin({ addDocument: async () => refused('not_found') });
    const large = await ask('POST', path, { body: Buffer.alloc(10 * 1024 * 1024 + 1) }).catch(() => null);
    expect(large?.status ?? 413).toBe(413);
    const stranger = await ask('POST', path, { body: 'x', headers: { authorization: '' } });
    expect(stranger.status).toBe(401);
  });
});

test('a document comes as a download that nobody takes for a page', async () => {
  const read = { content: Buffer.from('%PDF-'), fileName: 'a "b".pdf', mediaType: 'application/pdf' };
  const ask = await begin({ readDocument: async () => ok(read) });
  const answer = await ask('GET', `/v1/me/documents/${DOCUMENT}`);
  expect(await answer.text()).toBe('%PDF-');
  expect(answer.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''a%20%22b%22.pdf");
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(answer.headers.get('content-type')).toBe('application/pdf');
});

test('whether an account exists shows neither in the answer nor in its time', async () => {
  const asked: string[] = [];
  const ask = await begin({
    // Never done: the answer does not wait for it.
    askPasswordReset: (email: string) => {
      asked.push(email);
      return new Promise(() => {});
    },
  });
  const body = JSON.stringify({ email: 'sari@example.org' });
  const answer = await ask('POST', '/v1/password-resets', {
    body,
    headers: { 'content-type': 'application/json' },
  });
  expect([answer.status, await answer.text(), asked]).toEqual([202, '', ['sari@example.org']]);
});

test.each([
  ['a time zone of nowhere', { timezone: 'Moon/Tycho' }],
  ['a language of nobody', { language: 'not a tag' }],
  ['a phone number without a number', { phone: '+-' }],
  ['a field too many', { email: 'x@example.org' }],
])('a profile with %s is refused', async (_what, patch) => {
  const ask = await begin({ changeMe: async () => ok({}) });
  const answer = await ask('PATCH', '/v1/me', {
    body: JSON.stringify(patch),
    headers: { 'content-type': 'application/json' },
  });
  expect(answer.status).toBe(400);
});
