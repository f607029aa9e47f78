import type { Page } from 'playwright-core';
import type { MusterClient } from '../../client/node.ts';
import { must } from '../../lib/assert.ts';
import type { Person, PersonOptions } from '../browser/browser.ts';
import type { Stage } from '../browser/stage.ts';
import { type Somebody, SQUARE } from '../city.ts';
import { until } from '../until.ts';

export const soon = { timeoutMs: 30_000 };

type Priority = 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW';

interface Call {
  readonly priority?: Priority;
  readonly emergencyType?: 'MEDICAL' | 'FIRE' | 'ACCIDENT';
  readonly description?: string;
}

const there: Person[] = [];

/** A dispatcher at their page, whose map is not painted unless it is asked for. */
export async function openDesk(stage: Stage, options: PersonOptions = {}) {
  const look = { size: { width: 1600, height: 1000 }, paintsMap: false, ...options };
  const person = await stage.browser.person(look);
  await person.open('/');
  await person.signIn(stage.city.credentialsOf());
  await person.page.getByText('Live', { exact: true }).waitFor();
  there.push(person);
  return person;
}

/** Closes every page that {@link openDesk} opened. */
export async function leave(): Promise<void> {
  await Promise.all(there.splice(0).map(({ context }) => context.close()));
}

/** Somebody calls for help. */
export async function call(
  requester: { readonly client: MusterClient },
  { priority = 'HIGH', emergencyType = 'MEDICAL', description = 'help' }: Call = {},
): Promise<string> {
  const { sosId } = await requester.client.command('sos.create', {
    emergencyType,
    priority,
    point: SQUARE,
    description,
  });
  return must(sosId, 'the id of the SOS');
}

export async function named(stage: Stage, somebody: Somebody, name: string): Promise<Somebody> {
  await stage.city.http.me.change(await somebody.token(), { name });
  return somebody;
}

/** The rows that are on the page, in their order, by the end of their words. */
export const rowsOf = (page: Page): Promise<string[]> =>
  page.locator('.work-row').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-id') ?? ''));

export const rowOf = (page: Page, sosId: string) => page.locator(`.work-row[data-id="${sosId}"]`);

/** Polls, because what is evaluated in a page may not wait there. */
export const eventually = <T>(what: string, look: () => Promise<T | false>): Promise<T> =>
  until(look, { ...soon, what });

/** Ends everything that is open, so that the next test begins with an empty list. */
export async function clear(stage: Stage): Promise<void> {
  const token = await stage.city.adminToken();
  const { sos } = await stage.city.http.sos.list(token, { limit: 200 });
  const dispatcher = await stage.city.dispatcher();
  await Promise.all(sos.map(({ sosId }) => dispatcher.client.command('sos.cancel', { sosId })));
  await dispatcher.close();
}
