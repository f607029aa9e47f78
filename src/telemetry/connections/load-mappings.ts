import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readPrivateFile } from '../../lib/private-file.ts';
import { type Mapping, mapping } from './mapping.ts';

/** A provider that people can connect here. */
export interface Provider extends Mapping {
  readonly client: { readonly id: string; readonly secret: string };
}

/** What is wrong with a mapping or the file of clients: names the file and the field, never a secret. */
export class WearablesRefused extends Error {
  override readonly name = 'WearablesRefused';
  readonly code = 'wearables_refused';
}

const text = z.string().trim().min(1).max(4_096);
const client = z
  .strictObject({
    clientId: text,
    clientSecret: text.optional(),
    clientSecretFile: text.optional(),
    /** Instead of those in the mapping: a region, a relay, a test. */
    hosts: z.record(z.string(), z.string().max(200)).default({}),
  })
  .refine((given) => given.clientSecret === undefined || given.clientSecretFile === undefined, {
    message: 'has both clientSecret and clientSecretFile',
  });
const clientsFile = z.record(z.string(), client);

/**
 * The providers that the operator has registered with: a mapping from `folder` for each entry of `clientsPath`. Rejects with
 * {@link WearablesRefused} or `PrivateFileRefused`. Every mapping in the folder is checked, used or not.
 */
export async function loadProviders(
  folder: string,
  clientsPath: string | null,
): Promise<readonly Provider[]> {
  if (clientsPath === null) return [];
  const mappings = new Map<string, Mapping>();
  for (const file of (await readdir(folder).catch(noFolder(folder))).sort()) {
    if (!file.endsWith('.json')) continue;
    const path = join(folder, file);
    const read = parsed(mapping, await readFile(path, 'utf8'), path);
    if (mappings.has(read.provider))
      throw new WearablesRefused(`${path}: provider: there is another file for it.`);
    mappings.set(read.provider, read);
  }
  const clients = parsed(clientsFile, await readPrivateFile(clientsPath), clientsPath);
  return Promise.all(
    Object.entries(clients).map(async ([name, given]) => {
      const found = mappings.get(name);
      if (!found)
        throw new WearablesRefused(`${clientsPath}: ${name}: there is no mapping of it in ${folder}.`);
      const secret = given.clientSecretFile
        ? (await readPrivateFile(given.clientSecretFile)).trim()
        : (given.clientSecret ?? '');
      if (secret === '' && found.oauth.clientAuth !== 'none')
        throw new WearablesRefused(`${clientsPath}: ${name}: expected clientSecretFile or clientSecret.`);
      const hosts = hostsOf(found, given.hosts, `${clientsPath}: ${name}`);
      return { ...found, hosts, client: { id: given.clientId, secret } };
    }),
  );
}

function hostsOf({ hosts, provider }: Mapping, given: Readonly<Record<string, string>>, where: string) {
  for (const name of Object.keys(given))
    if (!Object.hasOwn(hosts, name))
      throw new WearablesRefused(`${where}: hosts.${name}: ${provider} has no such host.`);
  const all = { ...hosts, ...given };
  for (const [name, address] of Object.entries(all))
    if (!isHost(address))
      throw new WearablesRefused(
        `${where}: hosts.${name}: ${address === '' ? 'is not set' : 'is no address'}; expected https://… without a user, a query or a slash at the end.`,
      );
  return all;
}

/** Where tokens go to: over TLS, or to this machine. */
function isHost(address: string): boolean {
  if (!URL.canParse(address) || address.endsWith('/')) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(address);
  if (username !== '' || password !== '' || search !== '' || hash !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && isOwnMachine(hostname));
}

const isOwnMachine = (host: string) =>
  host === 'localhost' || host === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);

function parsed<S extends z.ZodType>(schema: S, json: string, path: string): z.output<S> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new WearablesRefused(`${path}: is no JSON.`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.map(String).join('.');
  throw new WearablesRefused(`${path}: ${field ? `${field}: ` : ''}${issue?.message ?? 'does not fit'}.`);
}

const noFolder = (folder: string) => (): never => {
  throw new WearablesRefused(`${folder}: is no folder of mapping files.`);
};
