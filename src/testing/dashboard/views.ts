import { setTimeout as sleep } from 'node:timers/promises';
import { destination } from '../../geo/lat-lng.ts';
import type { Person, PersonOptions } from '../browser/browser.ts';
import type { Stage } from '../browser/stage.ts';
import { offerIn, SQUARE } from '../city.ts';
import { until } from '../until.ts';
import type { GhostCity } from './ghost-city.ts';
import { onDuty, signUpForHelp, withPhone } from './phones.ts';
import type { Ward } from './ward.ts';

/** What the pictures are taken of. */
export interface Scene {
  readonly stage: Stage;
  readonly crowd: GhostCity;
  readonly ward: Ward;
}

export interface View {
  readonly name: string;
  /** Somebody who has the view before them. */
  readonly show: (scene: Scene, look: PersonOptions) => Promise<Person>;
}

/** So many calls that there is something in every phase. */
const CALLS = 8;
/** Outside the city, where nobody else is asked. */
const FAR_M = 30_000;
/** Nobody comes yet. */
const WAITING: ReadonlySet<string> = new Set(['PENDING', 'ESCALATED']);
/** Nothing on a page tells that everything which moves has come to rest. */
const SETTLED_MS = 1_000;
let visits = 0;

async function dispatcher({ stage, crowd }: Scene, look: PersonOptions): Promise<Person> {
  for (let i = 0; i < CALLS; i += 1) crowd.call();
  const person = await stage.browser.person(look);
  await person.open('/');
  await person.signIn(stage.city.credentialsOf());
  await person.page.locator('.map-view[data-ready=true]').waitFor();
  const areComing = async () =>
    (await stage.city.http.sos.list(await stage.city.adminToken())).sos.some(
      ({ status }) => !WAITING.has(status),
    );
  await until(areComing, { timeoutMs: 60_000, what: 'somebody to say yes' });
  await person.page.waitForTimeout(SETTLED_MS);
  return person;
}

async function signedIn({ stage }: Scene, look: PersonOptions, path: string): Promise<Person> {
  const person = await stage.browser.person(look);
  await person.open(path);
  await person.signIn(stage.city.credentialsOf());
  await person.page.waitForTimeout(SETTLED_MS);
  return person;
}

async function nurse(scene: Scene, look: PersonOptions): Promise<Person> {
  const { ward, stage } = scene;
  await patients(ward);
  const person = await stage.browser.person(look);
  await person.open('/care');
  await person.signIn(ward.nurseCredentials);
  await person.page.getByText('Ibu Sari').first().waitFor();
  return person;
}

let past: Promise<string> | undefined;

/** Begins what is looked back at, which takes twelve seconds. The answer is its SOS. */
export function beginPast(stage: Stage): Promise<string> {
  past ??= pastIncident(stage);
  // Whoever waits for it hears of its failure.
  past.catch(() => {});
  return past;
}

/** An incident that is over: somebody was asked, went there over twelve seconds, and helped. */
async function pastIncident({ city }: Stage): Promise<string> {
  const around = destination(SQUARE, 0, FAR_M);
  const helper = await city.volunteer(320, { around });
  await city.http.me.change(await helper.token(), { name: 'Vera Verra' });
  const requester = await city.patient();
  const { sosId = '' } = await requester.client.command('sos.create', {
    emergencyType: 'MEDICAL',
    priority: 'CRITICAL',
    point: around,
    description: 'Chest pain, third floor',
  });
  await helper.client.command('offer.accept', await offerIn(helper, sosId));
  for (let distanceM = 300; distanceM >= 10; distanceM -= 25) {
    await sleep(1_000);
    helper.client.sendFix({ atMs: Date.now(), ...destination(around, 90 - distanceM / 10, distanceM) });
  }
  await helper.client.flushed();
  await helper.client.command('sos.start', { sosId });
  await helper.client.command('sos.resolve', { sosId });
  return sosId;
}

let areThere = false;

/** Four people who wear something, of whom two are not well. */
async function patients(ward: Ward): Promise<void> {
  if (areThere) return;
  areThere = true;
  const well = {
    heartRateBpm: 72,
    spo2Pct: 98,
    respirationPerMin: 15,
    systolicMmhg: 124,
    diastolicMmhg: 78,
    temperatureC: 36.8,
  };
  const wearers = [
    await ward.wearer('Ibu', 'Sari'),
    await ward.wearer('Jakob', 'Weiss'),
    await ward.wearer('Amara', 'Okafor'),
    await ward.wearer('Lena', 'Novak'),
  ];
  for (let minute = 40; minute >= 0; minute -= 1) {
    const wave = Math.sin(minute / 4);
    for (const [i, { somebody }] of wearers.entries())
      somebody.client.sendVitals({
        atMs: Date.now() - minute * 60_000,
        ...well,
        heartRateBpm: Math.round(well.heartRateBpm + 6 * wave + 4 * i + (i === 1 ? (40 - minute) * 1.4 : 0)),
        spo2Pct: i === 1 ? Math.round(98 - (40 - minute) / 7) : 97 + (i % 2),
        respirationPerMin: Math.round(15 + wave + (i === 1 ? (40 - minute) / 5 : 0)),
      });
  }
  for (const { somebody } of wearers) await somebody.client.flushed();
}

/** A page that nobody has to be signed in for. */
const plain = (name: string): View => ({
  name,
  show: async ({ stage }, look) => {
    const person = await stage.browser.person(look);
    await person.open(`/${name}`);
    await person.page.getByRole('heading').first().waitFor();
    return person;
  },
});

export const VIEWS: readonly View[] = [
  {
    name: 'sign-in',
    show: async ({ stage }, look) => {
      const person = await stage.browser.person(look);
      await person.open('/');
      await person.page.getByLabel('E-mail').waitFor();
      return person;
    },
  },
  { name: 'dispatch', show: dispatcher },
  {
    name: 'dispatch-sos',
    show: async (scene, look) => {
      const person = await dispatcher(scene, look);
      await person.page
        .locator('.sos-marker')
        .first()
        .evaluate((marker) => (marker as HTMLElement).click());
      await person.page.waitForTimeout(SETTLED_MS);
      return person;
    },
  },
  {
    name: 'coverage',
    show: async (scene, look) => {
      const person = await dispatcher(scene, look);
      await person.page.keyboard.press('h');
      await person.page.waitForTimeout(SETTLED_MS);
      return person;
    },
  },
  {
    name: 'past',
    show: async ({ stage }, look) => {
      const sosId = await beginPast(stage);
      const person = await stage.browser.person(look);
      await person.open(`/#past=${sosId}`);
      await person.signIn(stage.city.credentialsOf());
      await person.page.locator('.past-map .map-view[data-ready=true]').waitFor();
      await person.page.getByText('Vera Verra has begun to help').click();
      await person.page.waitForTimeout(SETTLED_MS);
      return person;
    },
  },
  { name: 'care', show: nurse },
  {
    name: 'care-charts',
    show: async (scene, look) => {
      const person = await nurse(scene, look);
      await person.page.getByRole('button', { name: 'Charts of Jakob Weiss' }).click();
      await person.page.locator('.vital[data-vital="heartRateBpm"] canvas').waitFor();
      await person.page.waitForTimeout(SETTLED_MS);
      return person;
    },
  },
  {
    name: 'responder',
    show: ({ stage }, look) => onDuty(stage, FAR_M, look),
  },
  {
    name: 'responder-offer',
    show: async ({ stage }, look) => {
      visits += 1;
      const eastM = FAR_M + visits * 3_000;
      const person = await onDuty(stage, eastM, look);
      const patient = await stage.city.patient();
      await patient.client.command('sos.create', {
        emergencyType: 'MEDICAL',
        priority: 'CRITICAL',
        point: destination(destination(SQUARE, 90, eastM), 20, 420),
      });
      await person.page.getByRole('dialog').waitFor();
      await person.page.waitForTimeout(500);
      await patient.close();
      return person;
    },
  },
  {
    name: 'sos',
    show: async ({ stage }, look) => {
      visits += 1;
      const person = await withPhone(stage, 0, look);
      await signUpForHelp(person, `Paula Pfister ${visits}`);
      await person.page.evaluate(() => scrollTo(0, 0));
      return person;
    },
  },
  { name: 'admin', show: (scene, look) => signedIn(scene, look, '/admin') },
  { name: 'devices', show: (scene, look) => signedIn(scene, look, '/devices') },
  { name: 'connections', show: (scene, look) => signedIn(scene, look, '/connections') },
  ...['second-factor', 'password-reset', 'setup'].map(plain),
];
