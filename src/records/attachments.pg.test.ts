import { afterAll, beforeAll, expect, test } from 'vitest';
import { caredFor } from '../accounts/cared-for.ts';
import { eraseIn } from '../accounts/personal-rights.ts';
import { systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { seededRandom } from '../lib/random.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { type RecordsStage, recordsStage } from '../testing/records-stage.ts';
import { ATTACHMENTS_MAX, type Attachments, openAttachments } from './attachments.ts';
import type { AnyView, RecordEntry } from './types.ts';

const PDF = new TextEncoder().encode('%PDF-1.7 a finding');

let store: TestStore;
let on: RecordsStage;
let attachments: Attachments;
const kept = new Map<string, Uint8Array>();
const entries: (RecordEntry & { readonly outcome: string })[] = [];
beforeAll(async () => {
  store = await openTestStore('postgres');
  on = await recordsStage(store.db);
  attachments = openAttachments({
    db: store.db,
    newId: uuidV7Maker(systemClock.nowMs, seededRandom(47)),
    people: caredFor(store.db),
    records: on.records,
    trail: {
      hasRoom: true,
      recordIn: async (tx, news) => tx.afterCommit(() => entries.push(...news)),
      refused: () => {},
      saw: () => {},
    },
    bytes: {
      put: async (key, content) => void kept.set(key, content),
      get: async (key) => kept.get(key) ?? null,
    },
  });
});
afterAll(() => store?.stop());

async function sent(): Promise<AnyView> {
  const said = { patientId: on.patientId, recipientId: on.patient.userId, body: 'Your finding' };
  const message = await on.records.create(on.nurse, 'messages', said);
  if (!message.ok) throw new Error(message.detail);
  return message.value;
}
const attach = (id: string, by = on.nurse, content = PDF) =>
  attachments.add(by, id, { fileName: '../finding of May.pdf', content });

test('a file goes along with a message to the one it is for, byte by byte, and is on record', async () => {
  const { id } = await sent();
  const added = await attach(id);
  if (!added.ok) throw new Error(added.detail);
  expect(added.value).toMatchObject({ fileName: 'finding of May.pdf', mediaType: 'application/pdf' });
  expect(await attachments.list(on.patient, id)).toEqual({ ok: true, value: [added.value] });
  const read = await attachments.read(on.patient, id, added.value.id);
  expect(read).toMatchObject({ ok: true, value: { content: PDF } });
  expect(entries.at(-1)).toMatchObject({
    resourceKind: 'message-attachments',
    resourceId: added.value.id,
    subjectUserId: on.patient.userId,
  });
  for (const answer of [
    await attachments.list(on.stranger, id),
    await attachments.read(on.stranger, id, added.value.id),
    await attach(id, on.stranger),
  ])
    expect(answer).toMatchObject({ code: 'not_found' });
});

test('only whoever wrote it attaches, what we know, ten at most, and nothing to what was read', async () => {
  const { id, version } = await sent();
  expect(await attach(id, on.patient)).toMatchObject({ code: 'forbidden' });
  expect(await attach(id, on.nurse, new Uint8Array([1, 2, 3]))).toMatchObject({ code: 'bad_request' });
  for (let n = 0; n < ATTACHMENTS_MAX; n++) expect(await attach(id)).toMatchObject({ ok: true });
  expect(await attach(id)).toMatchObject({ detail: 'attachments (max): at most 10' });
  const other = await sent();
  const change = { readAtMs: systemClock.nowMs() };
  await on.records.change(on.patient, 'messages', other.id, { version: other.version, change });
  expect(await attach(other.id)).toMatchObject({ detail: expect.stringContaining('message (read)') });
  expect(version).toBe(1);
});

test('what was changed in the store is not given out, and what is erased leaves no bytes', async () => {
  const { id } = await sent();
  const added = await attach(id);
  if (!added.ok) throw new Error(added.detail);
  kept.set(added.value.id, new TextEncoder().encode('%PDF-1.7 another'));
  expect(await attachments.read(on.patient, id, added.value.id)).toMatchObject({ code: 'internal' });
  await on.records.erase(on.admin, 'messages', id, { reason: 'asked for by letter' });
  const due = () => on.ask<{ storage_key: string }>('select storage_key from accounts.documents_to_remove');
  expect((await due()).map(({ storage_key }) => storage_key)).toEqual([added.value.id]);
  await store.db.transaction((tx) => eraseIn(tx, on.patient.userId));
  const [left] = await on.ask('select id from care.message_attachments');
  expect([left, (await due()).length]).toEqual([undefined, kept.size]);
});
