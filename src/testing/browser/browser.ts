import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { Credentials } from '../../client/node.ts';
import { accessibilityFaults } from './axe.ts';
import { type ChromiumKind, findChromium } from './chromium.ts';
import { type Guard, guard } from './guards.ts';

export interface PersonOptions {
  /** Default 1280 by 800. */
  readonly size?: { readonly width: number; readonly height: number };
  readonly colours?: 'light' | 'dark';
  /** A phone: touch instead of a mouse. */
  readonly isPhone?: boolean;
  /** Where the device says it is; the page may ask. */
  readonly place?: { readonly lat: number; readonly lng: number };
  /** Default true; false where what moves is the subject. */
  readonly reducedMotion?: boolean;
  /**
   * Default true. False where the map is beside the subject: everything of it runs and nothing of it is painted, which takes a
   * processor that plays a graphics card a third of all it does for a page.
   */
  readonly paintsMap?: boolean;
}

/** A person in front of a browser of their own: nothing is shared with others. */
export interface Person {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly guard: Guard;
  /** Opens a page of the node, by its path. */
  open(path: string): Promise<void>;
  /** Fills the form of the page that is open and waits until it has gone. */
  signIn(who: Credentials): Promise<void>;
  /** See {@link accessibilityFaults}. */
  accessibilityFaults(): Promise<string[]>;
}

/**
 * Software drawing, so that a map is drawn the same everywhere; no sandbox, because tests run as root too. What is no map is
 * not drawn through a processor that only plays a graphics card.
 */
const FLAGS = [
  '--no-sandbox',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  '--disable-gpu-compositing',
  '--disable-background-networking',
  '--autoplay-policy=no-user-gesture-required',
];

async function start(kind: ChromiumKind): Promise<Browser> {
  return chromium.launch({ executablePath: await findChromium(kind), args: [...FLAGS] });
}

/** Files of tests follow one another in a process and use its browser, which ends with it; a script ends its own. */
const IS_KEPT = process.env.VITEST !== undefined;
let shared: Promise<Browser> | undefined;

async function sharedBrowser(): Promise<Browser> {
  shared ??= start('shell');
  if ((await shared).isConnected()) return shared;
  shared = start('shell');
  return shared;
}

/** Chromium; each person has a context of their own. */
export class TestBrowser {
  readonly #browser: Browser;
  readonly #isShared: boolean;
  readonly #origin: string;
  readonly #everybody: Person[] = [];

  static async launch(origin: string, kind: ChromiumKind = 'shell'): Promise<TestBrowser> {
    const isShared = IS_KEPT && kind === 'shell';
    return new TestBrowser(isShared ? await sharedBrowser() : await start(kind), isShared, origin);
  }

  private constructor(browser: Browser, isShared: boolean, origin: string) {
    this.#browser = browser;
    this.#isShared = isShared;
    this.#origin = origin;
  }

  async person(options: PersonOptions = {}): Promise<Person> {
    const { size = { width: 1280, height: 800 }, isPhone = false, place } = options;
    const context = await this.#browser.newContext({
      viewport: size,
      colorScheme: options.colours ?? 'light',
      hasTouch: isPhone,
      isMobile: isPhone,
      locale: 'en-GB',
      reducedMotion: options.reducedMotion === false ? 'no-preference' : 'reduce',
      ...(place && {
        geolocation: { latitude: place.lat, longitude: place.lng },
        permissions: ['geolocation'],
      }),
    });
    if (options.paintsMap === false) await context.addInitScript(paintNothing);
    const page = await context.newPage();
    const person: Person = {
      page,
      context,
      guard: guard(page, this.#origin),
      open: async (path) => {
        await page.goto(this.#origin + path);
      },
      signIn: (who) => signIn(page, who),
      accessibilityFaults: () => accessibilityFaults(page),
    };
    this.#everybody.push(person);
    return person;
  }

  /** What anybody's page did that no page may do; empty is good. */
  get faults(): string[] {
    return this.#everybody.flatMap(({ guard }) => guard.faults);
  }

  /** Closes everybody's pages, which otherwise go on working beside those of the next test. What they did stays on record. */
  async everybodyLeaves(): Promise<void> {
    await Promise.all(this.#everybody.map(({ context }) => context.close()));
  }

  async close(): Promise<void> {
    await this.everybodyLeaves();
    if (!this.#isShared) await this.#browser.close();
  }
}

/** Runs in the page. */
function paintNothing(): void {
  const gl = WebGL2RenderingContext.prototype;
  gl.drawArrays = gl.drawElements = gl.drawArraysInstanced = gl.drawElementsInstanced = () => {};
}

async function signIn(page: Page, { email, password }: Credentials): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}
