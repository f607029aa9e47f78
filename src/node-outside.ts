import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from './config.ts';
import type { Logger } from './lib/log.ts';
import type { Releasers } from './lib/releasers.ts';
import { handOffOverHttp } from './notify/hand-off-http.ts';
import { readHeaders, smsOverHttp } from './notify/sms-http.ts';
import { smtp } from './notify/smtp.ts';
import { CHANNELS, type Channel, type Notifiers } from './notify/types.ts';
import { localFolder } from './storage/local-folder.ts';
import type { ObjectStore } from './storage/object-store.ts';
import { s3 } from './storage/s3.ts';

/** For mail servers, SMS providers and object stores. */
const OUTSIDE_TIMEOUT_MS = 20_000;

interface Parts {
  readonly config: Config;
  readonly log: Logger;
  readonly releasers: Releasers;
}

export function documentStore(config: Config): ObjectStore {
  const { dataDir, s3AccessKeyId, s3Region: region, s3SecretAccessKey, s3Url: url } = config;
  if (url === null || s3AccessKeyId === null || s3SecretAccessKey === null) {
    return localFolder(join(dataDir, 'documents'));
  }
  const key = { accessKeyId: s3AccessKeyId, secretAccessKey: s3SecretAccessKey };
  return s3({ url, region, ...key, timeoutMs: OUTSIDE_TIMEOUT_MS });
}

/** Who sends what goes out; without a mail server mail waits. */
export async function notifiersOf({ config, log, releasers }: Parts): Promise<Notifiers> {
  const { mailFrom: from, smtpUrl: url } = config;
  const sms = await smsOf(config);
  if (!sms) log.info({}, 'SMS is off, because MUSTER_SMS_URL is not set: phone numbers can not be verified');
  if (url === null) return { ...sms };
  const email = smtp({ url, from, timeoutMs: OUTSIDE_TIMEOUT_MS });
  releasers.add('mail', async () => email.close());
  return { ...sms, email };
}

async function smsOf(config: Config): Promise<Pick<Notifiers, 'sms'> | null> {
  const { smsBody: body, smsFormat: format, smsFrom: from, smsHeadersFile: file, smsUrl: url } = config;
  if (url === null) return null;
  const headers = file === null ? {} : readHeaders(await readFile(file, 'utf8'));
  return { sms: smsOverHttp({ url, headers, format, body, from, timeoutMs: OUTSIDE_TIMEOUT_MS }) };
}

/** Who takes SOS over that nobody came for; null: dispatchers tell others themselves. */
export async function handOffReceiverOf({
  config,
  log,
}: Pick<Parts, 'config' | 'log'>): Promise<ReturnType<typeof handOffOverHttp> | null> {
  const { handOffHeadersFile: file, handOffUrl: url } = config;
  if (url === null) {
    log.info({}, 'no external service is told of SOS, because MUSTER_HANDOFF_URL is not set');
    return null;
  }
  const headers = file === null ? {} : readHeaders(await readFile(file, 'utf8'), 'hand-off');
  return handOffOverHttp({ url, headers, timeoutMs: OUTSIDE_TIMEOUT_MS });
}

/** What this node can send. */
export const channelsOf = ({ smtpUrl, smsUrl }: Config): Channel[] =>
  CHANNELS.filter((channel) => (channel === 'email' ? smtpUrl : smsUrl) !== null);
