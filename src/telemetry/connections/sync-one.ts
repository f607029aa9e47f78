import type { Clock } from '../../lib/clock.ts';
import type { Sample } from '../vitals/sample.ts';
import { doubtsOf } from '../vitals/vitals.ts';
import { type Answer, type Ask, failureOf, jsonOf, ProviderFailed } from './ask.ts';
import { addressOf } from './fill-in.ts';
import type { Provider } from './load-mappings.ts';
import { type Resource, resourcesRead } from './mapping.ts';
import { NEEDS_CONSENT, type OAuth } from './oauth.ts';
import { type Page, pagesOf, placesOf } from './pages.ts';
import { type Measured, measuredIn, meets, readRecord, recordsIn } from './records.ts';
import type { OffsetAt } from './times.ts';
import type { Claimed, Mark, Portion } from './types.ts';

export interface SyncParts {
  readonly provider: Provider;
  readonly ask: Ask;
  readonly oauth: Pick<OAuth, 'refresh'>;
  readonly clock: Clock;
  /** In whose zone times without an offset are taken. */
  readonly personAt: OffsetAt;
  /** A sample that is younger says how somebody is now. */
  readonly freshMs: number;
  readonly accessToken: string;
  /** A fresh access token; null: only the person can get one. */
  readonly renew: () => Promise<string | null>;
  /** Rejects when the connection is not ours any more. */
  readonly stillOurs: () => Promise<void>;
  readonly keep: (portion: Portion) => Promise<void>;
}

/** `partial`: the requests of one go were used up; the rest follows. */
export type Read = 'whole' | 'partial';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Records whose details were read are remembered so many. */
const DONE_MAX = 1_000;
/** A clock of a provider may be ahead by as much; what is dated later still is read when its time has come. */
const AHEAD_MS = 60_000;
const SAMPLES_IN_A_BREATH = 2_000;

/** Reads what is new of one connection, one resource after the other. Rejects with {@link ProviderFailed}. */
export async function syncOne(claimed: Claimed, parts: SyncParts): Promise<Read> {
  const reading = new Reading(claimed, parts);
  for (const resource of resourcesRead(parts.provider, claimed.settings, claimed.scopes)) {
    if ((await reading.resource(resource)) === 'partial') return 'partial';
  }
  return 'whole';
}

class Reading {
  readonly #claimed: Claimed;
  readonly #parts: SyncParts;
  #accessToken: string;
  #isRenewed = false;
  #requestsLeft: number;
  #sinceBreath = 0;

  constructor(claimed: Claimed, parts: SyncParts) {
    this.#claimed = claimed;
    this.#parts = parts;
    this.#accessToken = parts.accessToken;
    this.#requestsLeft = parts.provider.requestsPerSync;
  }

  async resource(resource: Resource): Promise<Read> {
    const before = this.#claimed.watermark[resource.name] ?? {};
    try {
      return await this.#pages(resource, before);
    } catch (error) {
      if (before.resume && isRefusal(error)) await this.#beginAnew(resource, before);
      throw error;
    }
  }

  async #pages(resource: Resource, before: Mark): Promise<Read> {
    const began = before.resume ?? this.#begin(resource, before);
    const pages = pagesOf(resource.pages, began);
    let mark: Mark = before;
    let page: Page | null = pages.at(before.resume?.place ?? null);
    while (page) {
      if (this.#requestsLeft <= 0) return 'partial';
      const { beganMs, sinceMs } = began;
      const resume = { beganMs, sinceMs, place: page.place };
      const answer = await this.#get(resource.request, page, resource.empty);
      const records = answer === null ? [] : recordsIn(answer, resource.list);
      const read = await this.#records(resource, records, page, { ...mark, resume });
      mark = read.mark;
      if (!read.isWhole) return 'partial';
      page = pages.after(page, answer, records.length);
      if (page) mark = { ...mark, resume: { beganMs, sinceMs, place: page.place } };
      else mark = { readToMs: beganMs, ...(mark.done ? { done: mark.done } : {}) };
      await this.#parts.keep({ samples: read.samples, records: read.records, resource: resource.name, mark });
    }
    return 'whole';
  }

  /** A page of long ago may be none any more: the next time it begins at the first one. */
  async #beginAnew({ name }: Resource, { resume: _none, ...mark }: Mark): Promise<void> {
    await this.#parts.keep({ samples: [], records: 0, resource: name, mark });
  }

  #begin({ firstDays, overlapHours }: Resource, { readToMs }: Mark) {
    const beganMs = this.#parts.clock.nowMs();
    const sinceMs = readToMs === undefined ? beganMs - firstDays * DAY_MS : readToMs - overlapHours * HOUR_MS;
    return { beganMs, sinceMs };
  }

  /** What the records of one page say. Those with details are kept one by one, because each costs a request. */
  async #records(resource: Resource, records: readonly unknown[], page: Page, from: Mark) {
    const { personAt, keep } = this.#parts;
    let mark = from;
    const samples: Sample[] = [];
    let count = 0;
    for (const record of records) {
      const { id } = readRecord(record, resource, personAt);
      const { detail } = resource;
      if (!detail) {
        for (const one of await this.#samplesOf(record, resource)) samples.push(one);
        count += 1;
        continue;
      }
      if (id === null || mark.done?.includes(id) || !meets(record, resource.record.where)) continue;
      if (!meets(record, detail.where)) continue;
      if (this.#requestsLeft <= 0) return { isWhole: false, mark, samples, records: count };
      const answer = await this.#get(detail, page, detail.empty, { id });
      mark = { ...mark, done: [...(mark.done ?? []), id].slice(-DONE_MAX) };
      const whole = { ...(record as object), detail: answer };
      const portion = await this.#samplesOf(whole, resource);
      await keep({ samples: portion, records: 1, resource: resource.name, mark });
    }
    return { isWhole: true, mark, samples, records: count };
  }

  /** Lets whatever else the node does come in between: a day has up to 86,400 samples. */
  async #samplesOf(record: unknown, resource: Resource): Promise<Sample[]> {
    const { clock, personAt } = this.#parts;
    const samples: Sample[] = [];
    for (const measured of measuredIn(record, resource, personAt)) {
      this.#sinceBreath += 1;
      if (this.#sinceBreath >= SAMPLES_IN_A_BREATH) {
        this.#sinceBreath = 0;
        await new Promise<void>((resolve) => clock.after(0, resolve));
      }
      const sample = this.#sampleOf(measured);
      if (sample) samples.push(sample);
    }
    return samples;
  }

  #sampleOf({ atMs, vitals }: Measured): Sample | null {
    const { clock, freshMs } = this.#parts;
    const receivedAtMs = clock.nowMs();
    if (atMs > receivedAtMs + AHEAD_MS) return null;
    const recordedAtMs = Math.min(atMs, receivedAtMs);
    const late = receivedAtMs - recordedAtMs > freshMs;
    const { userId: personId } = this.#claimed;
    return { personId, recordedAtMs, receivedAtMs, source: 'sync', vitals, doubts: doubtsOf(vitals), late };
  }

  /** The answer as JSON; null: it says that there is nothing. */
  async #get(
    { url, query }: Resource['request'],
    page: Page,
    empty: readonly number[],
    more: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    const { provider, personAt, clock } = this.#parts;
    const { externalUserId, id: connectionId } = this.#claimed;
    const places = {
      ...placesOf(page, personAt),
      externalUserId: externalUserId ?? '',
      connectionId,
      ...more,
    };
    const answer = await this.#asked(addressOf(provider, url, query, places));
    if (empty.includes(answer.status)) return null;
    if (answer.status < 200 || answer.status > 299) throw failureOf(answer, clock.nowMs());
    return jsonOf(answer);
  }

  /** Once more with a fresh token when the provider knows this one no more. */
  async #asked(url: string): Promise<Answer> {
    const answer = await this.#askOnce(url);
    if (answer.status !== 401) return answer;
    const renewed = this.#isRenewed ? null : await this.#parts.renew();
    if (renewed === null) throw new ProviderFailed(NEEDS_CONSENT);
    this.#isRenewed = true;
    this.#accessToken = renewed;
    const again = await this.#askOnce(url);
    if (again.status === 401) throw new ProviderFailed(NEEDS_CONSENT);
    return again;
  }

  async #askOnce(url: string): Promise<Answer> {
    await this.#parts.stillOurs();
    this.#requestsLeft -= 1;
    return this.#parts.ask(url, { headers: { authorization: `Bearer ${this.#accessToken}` } });
  }
}

const isRefusal = (error: unknown) => error instanceof ProviderFailed && /^provider_http_4/.test(error.code);
