import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MusterHttp } from '../client/node.ts';
import { packageRoot } from '../lib/package-root.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { lastLines, runCommand } from './command.ts';
import type { TestDatabase } from './databases.ts';
import { openNodeDatabase } from './node-database.ts';

interface Answer {
  readonly status: number;
  readonly data: Readonly<Record<string, unknown>>;
}
type Generated = Readonly<Record<string, (...args: unknown[]) => Promise<Answer>>>;

const TIMEOUT_MS = 60_000;

/** A client in TypeScript from a document, by somebody else's generator, compiled: what it says has to be of its types. */
async function generated(document: string, folder: string): Promise<Record<string, unknown>> {
  await writeFile(join(folder, 'document.json'), document);
  const node = async (...args: string[]) => {
    const { code, output } = await runCommand(process.execPath, args, { timeoutMs: TIMEOUT_MS });
    if (code !== 0) throw new Error(lastLines(output, 20));
  };
  const of = (path: string) => fileURLToPath(new URL(`node_modules/${path}`, packageRoot));
  const source = join(folder, 'client.ts');
  await node(of('oazapfts/dist/cli.js'), join(folder, 'document.json'), source);
  const flags = ['--strict', '--target', 'es2022', '--module', 'nodenext', '--types', '', '--skipLibCheck'];
  await node(of('typescript/bin/tsc'), ...flags, '--ignoreConfig', '--outDir', folder, source);
  return import(/* @vite-ignore */ join(folder, 'client.js'));
}

describe('a client that somebody else generates from the OpenAPI document', () => {
  let database: TestDatabase;
  let node: OwnEngine;
  let folder: string;
  let client: Generated;
  let patientId: string;
  beforeAll(async () => {
    database = await openNodeDatabase();
    const { connection } = database;
    const databaseUrl = 'connectionString' in connection ? connection.connectionString : null;
    node = await OwnEngine.start({ databaseUrl, env: process.env, onDeath: () => {} });
    // Inside the package, so that it finds its runtime.
    await mkdir(new URL('dist/', packageRoot), { recursive: true });
    folder = await mkdtemp(fileURLToPath(new URL('dist/generated-client-', packageRoot)));
    const made = await generated(await (await fetch(`${node.url}/v1/openapi.json`)).text(), folder);
    client = made as Generated;
    const http = new MusterHttp(node.url);
    const person = { email: 'doctor@example.org', password: randomUUID(), name: 'Dita' };
    const admin = { ...person, email: 'admin@example.org', setupToken: node.setupToken ?? '' };
    const { accessToken: adminToken } = await http.setup(admin);
    const { userId } = await http.register(person);
    await http.setGrant(adminToken, userId ?? '', 'professional', true);
    const { accessToken } = await http.signIn(person);
    const defaults = made.defaults as { baseUrl: string; headers: Record<string, string> };
    defaults.baseUrl = node.url;
    defaults.headers = { authorization: `Bearer ${accessToken}` };
    patientId = await http.patients.add(accessToken, {
      firstName: 'Ibu',
      lastName: 'Sari',
      dateOfBirth: '1950-03-04',
    });
  });
  afterAll(async () => {
    await node?.remove();
    await database?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const call = (name: string, ...args: unknown[]): Promise<Answer> => {
    const of = client[name];
    if (!of) throw new Error(`there is no ${name}`);
    return of(...args);
  };

  test('writes a record, reads, lists and corrects it, sees what it was, and takes it back', async () => {
    const order = { patientId, medication: 'Ramipril', dosage: '5 mg', frequency: 'once a day' };
    const idempotencyKey = randomUUID();
    const made = await call('createPrescriptions', order, { idempotencyKey });
    expect(made).toMatchObject({ status: 201, data: { ...order, status: 'pending', version: 1 } });
    expect(await call('createPrescriptions', order, { idempotencyKey })).toMatchObject({ data: made.data });
    const { id } = made.data;
    expect(await call('readPrescriptions', id)).toMatchObject({ status: 200, data: made.data });
    const changed = await call('changePrescriptions', id, { version: 1, change: { dosage: '10 mg' } });
    expect(changed).toMatchObject({ status: 200, data: { dosage: '10 mg', version: 2 } });
    const listed = await call('listPrescriptions', { $of: patientId, limit: 5 });
    expect(listed).toMatchObject({ status: 200, data: { records: [changed.data], next: null } });
    const { data } = await call('historyPrescriptions', id);
    expect(data.versions).toMatchObject([{ version: 2 }, { version: 1, record: { dosage: '5 mg' } }]);
    const drinks = [250, 300].map((amountMl) => ({ loggedOn: '2026-01-02', amountMl }));
    const many = await call('createManyHydrationLogs', { records: drinks });
    expect(many).toMatchObject({ status: 201, data: { records: drinks } });
    const [first] = many.data.records as { id: string }[];
    expect(await call('removeHydrationLogs', first?.id, { version: 1, reason: 'twice' })).toMatchObject({
      status: 204,
    });
  });

  test('is refused in the words of the document', async () => {
    const wrong = await call('createHydrationLogs', { loggedOn: '2026-01-02', amountMl: -1 });
    expect(wrong).toMatchObject({ status: 400, data: { retryable: false } });
    expect(JSON.stringify(wrong.data)).toContain('amountMl');
    expect(await call('readPrescriptions', randomUUID())).toMatchObject({ status: 404 });
  });
});
