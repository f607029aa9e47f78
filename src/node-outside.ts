import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenedAccounts } from './accounts/accounts.ts';
import type { People } from './accounts/people.ts';
import type { Config } from './config.ts';
import { EngineProbe } from './lib/engine-probe.ts';
import type { Site } from './node-site.ts';
import { handOffOverHttp } from './notify/hand-off-http.ts';
import { deliveryWriter } from './notify/pg.ts';
import { readHeaders, smsOverHttp } from './notify/sms-http.ts';
import { smtp } from './notify/smtp.ts';
import { CHANNELS, type Channel, type Notifiers } from './notify/types.ts';
import { localFolder } from './storage/local-folder.ts';
import type { ObjectStore } from './storage/object-store.ts';
import { reportedStore } from './storage/reported-store.ts';
import { s3 } from './storage/s3.ts';

type Parts = Pick<Site, 'clock' | 'config' | 'engines' | 'log' | 'releasers'>;

/** The key of nothing: asked for to see whether the store answers. */
const NO_DOCUMENT = 'nothing';

export function documentStore({ clock, config, engines, releasers }: Parts): ObjectStore {
  const {
    dataDir,
    outsideTimeoutMs: timeoutMs,
    s3AccessKeyId,
    s3Region: region,
    s3SecretAccessKey,
    s3Url: url,
  } = config;
  if (url === null || s3AccessKeyId === null || s3SecretAccessKey === null) {
    return localFolder(join(dataDir, 'documents'));
  }
  const key = { accessKeyId: s3AccessKeyId, secretAccessKey: s3SecretAccessKey };
  const store = s3({ url, region, ...key, timeoutMs });
  const ask = () => store.get(NO_DOCUMENT);
  const probe = new EngineProbe({ report: engines.reporter('objects'), ask, clock });
  releasers.add('object store', () => probe.stop());
  return reportedStore(store, probe);
}

/** Who sends what goes out; without a mail server mail waits. */
export async function notifiersOf({ clock, config, engines, log, releasers }: Parts): Promise<Notifiers> {
  const { mailFrom: from, outsideTimeoutMs: timeoutMs, smtpUrl: url } = config;
  const sms = await smsOf(config);
  if (!sms) log.info({}, 'SMS is off, because MUSTER_SMS_URL is not set: phone numbers can not be verified');
  if (url === null) return { ...sms };
  const probe = new EngineProbe({ report: engines.reporter('mail'), ask: () => email.ask(), clock });
  const email = smtp({ url, from, timeoutMs, use: probe });
  releasers.add('mail', async () => {
    probe.stop();
    email.close();
  });
  return { ...sms, email };
}

async function smsOf(config: Config): Promise<Pick<Notifiers, 'sms'> | null> {
  const {
    outsideTimeoutMs: timeoutMs,
    smsBody: body,
    smsFormat: format,
    smsFrom: from,
    smsHeadersFile: file,
    smsUrl: url,
  } = config;
  if (url === null) return null;
  const headers = file === null ? {} : readHeaders(await readFile(file, 'utf8'));
  return { sms: smsOverHttp({ url, headers, format, body, from, timeoutMs }) };
}

/** Who takes SOS over that nobody came for; null: dispatchers tell others themselves. */
export async function handOffReceiverOf({
  config,
  log,
}: Pick<Parts, 'config' | 'log'>): Promise<ReturnType<typeof handOffOverHttp> | null> {
  const { handOffHeadersFile: file, handOffUrl: url, outsideTimeoutMs: timeoutMs } = config;
  if (url === null) {
    log.info({}, 'no external service is told of SOS, because MUSTER_HANDOFF_URL is not set');
    return null;
  }
  const headers = file === null ? {} : readHeaders(await readFile(file, 'utf8'), 'hand-off');
  return handOffOverHttp({ url, headers, timeoutMs });
}

/** What this node can send. */
export const channelsOf = ({ smtpUrl, smsUrl }: Config): Channel[] =>
  CHANNELS.filter((channel) => (channel === 'email' ? smtpUrl : smsUrl) !== null);

/** What people say of themselves and is decided about them, with what it sends and keeps outside. */
export function buildPeople(
  site: Site,
  accounts: OpenedAccounts,
  documents: ObjectStore,
  onErased: (userId: string) => void,
): People {
  const { config, newId } = site;
  const publicUrl = config.publicUrl ?? `http://${config.host}:${config.port}`;
  return accounts.people({
    channels: channelsOf(config),
    documents,
    deliver: deliveryWriter(newId),
    publicUrl,
    onErased,
  });
}
