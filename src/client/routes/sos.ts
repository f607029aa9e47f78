import type { z } from 'zod';
import { sosView } from '../../protocol/dispatch-events.ts';
import {
  heldList,
  type heldSos,
  type helper,
  helpers,
  type listedSos,
  namesList,
  type nearestAsked,
  nearestList,
  phaseReport,
  raisedList,
  type raisedSos,
  type sosDisclosure,
  sosDisclosures,
  sosList,
  timelinePage,
  volunteerFigures,
  volunteerReport,
} from '../../protocol/http/sos.ts';
import type { Page } from './me.ts';
import { path, type Transport } from './transport.ts';

export type SosView = z.infer<typeof sosView>;
export type ListedSos = z.infer<typeof listedSos>;
export type RaisedSos = z.infer<typeof raisedSos>;
export type HeldSos = z.infer<typeof heldSos>;
export type Helper = z.infer<typeof helper>;
export type VolunteerFigures = z.infer<typeof volunteerFigures>;
export type PhaseReport = z.infer<typeof phaseReport>;
export type TimelinePage = z.infer<typeof timelinePage>;
export type SosDisclosure = z.infer<typeof sosDisclosure>;
export type NearestAsked = z.input<typeof nearestAsked>;
export type KnownPerson = z.infer<typeof namesList>['people'][number];
export type NearResponder = z.infer<typeof nearestList>['responders'][number];

export interface CursorPage {
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
  /** Up to 200; 50 unless given. */
  readonly limit?: number | undefined;
}

/** Those that are over and fit all that is given. */
export interface ClosedPage extends CursorPage {
  /** When it was raised, in milliseconds since 1970; `to` is not in it. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly type?: ListedSos['emergencyType'] | undefined;
  /** How its id or the number of its caller ends; 4 characters or more. */
  readonly number?: string | undefined;
}

/** Days of a time zone, `YYYY-MM-DD`, both included. UTC unless given. */
export interface Days {
  readonly from: string;
  readonly to: string;
  readonly timezone?: string | undefined;
}

/** A part of the time of an SOS, in milliseconds since 1970. */
export interface Span {
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

const FILE_WITHIN_MS = 60_000;

/** SOS as they stand and stood. */
export class SosRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  /** For dispatchers. Open ones the most urgent first, closed ones newest first. */
  list(token: string, page: CursorPage & { readonly state?: 'open' | 'closed' } = {}) {
    return this.#to.read(sosList, 'GET', '/v1/sos', { token, query: { ...page } });
  }

  /** For dispatchers: what is over, newest first, looked for by time, kind or number. */
  closed(token: string, page: ClosedPage = {}) {
    return this.#to.read(sosList, 'GET', '/v1/sos', { token, query: { ...page, state: 'closed' } });
  }

  /** For dispatchers: what up to 200 people are called, how they are reached and what they can do. */
  async names(token: string, ids: readonly string[]): Promise<KnownPerson[]> {
    const call = { token, body: { ids } };
    return (await this.#to.read(namesList, 'POST', '/v1/people/names', call)).people;
  }

  /** Those one raised, newest first, with who helped. */
  mine(token: string, page: CursorPage = {}) {
    return this.#to.read(raisedList, 'GET', '/v1/me/sos', { token, query: { ...page, as: 'requester' } });
  }

  /** Those in which one held a place, also in support, newest first. */
  held(token: string, page: CursorPage = {}) {
    return this.#to.read(heldList, 'GET', '/v1/me/sos', { token, query: { ...page, as: 'responder' } });
  }

  /** Who comes to help oneself at this moment, and where they were last. Each sight of a place is on record. */
  async helpers(token: string): Promise<Helper[]> {
    return (await this.#to.read(helpers, 'GET', '/v1/me/helpers', { token })).helpers;
  }

  /** For dispatchers: those that somebody raised. */
  raisedBy(token: string, userId: string, page: CursorPage = {}) {
    const call = { token, query: { ...page, as: 'requester' } };
    return this.#to.read(raisedList, 'GET', path('/v1/users/:id/sos', userId), call);
  }

  /** For dispatchers: those in which somebody held a place. */
  heldBy(token: string, userId: string, page: CursorPage = {}) {
    const call = { token, query: { ...page, as: 'responder' } };
    return this.#to.read(heldList, 'GET', path('/v1/users/:id/sos', userId), call);
  }

  /** For dispatchers: who could be sent to a place now, nearest first. */
  async nearest(token: string, asked: NearestAsked): Promise<NearResponder[]> {
    const call = { token, body: asked };
    return (await this.#to.read(nearestList, 'POST', '/v1/responders/nearest', call)).responders;
  }

  /** How it stands, or stood at an instant in milliseconds since 1970. */
  view(token: string, sosId: string, at?: number): Promise<SosView> {
    return this.#to.read(sosView, 'GET', path('/v1/sos/:id', sosId), { token, query: { at } });
  }

  /** What happened, in order; `next` of a page is the `after` of the one that follows. */
  timeline(
    token: string,
    sosId: string,
    page: { readonly after?: number; readonly limit?: number } = {},
  ): Promise<TimelinePage> {
    const call = { token, query: { ...page } };
    return this.#to.read(timelinePage, 'GET', path('/v1/sos/:id/timeline', sosId), call);
  }

  /** For its requester: who was shown its place, newest first. */
  async disclosures(token: string, sosId: string, page: Page = {}): Promise<SosDisclosure[]> {
    const call = { token, query: { ...page } };
    const route = path('/v1/sos/:id/disclosures', sosId);
    return (await this.#to.read(sosDisclosures, 'GET', route, call)).disclosures;
  }

  /** CSV, for whoever is entitled to the SOS. */
  timelineCsv(token: string, sosId: string): Promise<string> {
    return this.#file(path('/v1/sos/:id/timeline.csv', sosId), token, {});
  }

  /** For dispatchers: the SOS, who was asked, and the ways of those who came. */
  geoJson(token: string, sosId: string, span: Span = {}): Promise<string> {
    return this.#file(path('/v1/sos/:id/map.geojson', sosId), token, span);
  }

  /** For dispatchers: the ways of those who came. */
  gpx(token: string, sosId: string, span: Span = {}): Promise<string> {
    return this.#file(path('/v1/sos/:id/tracks.gpx', sosId), token, span);
  }

  /** How long each phase took, for dispatchers and administrators. */
  phases(token: string, days: Days): Promise<PhaseReport> {
    return this.#to.read(phaseReport, 'GET', '/v1/reports/phases', { token, query: { ...days } });
  }

  /** What verified volunteers did, in the order of their ids; `next` is the `after` of the next page. */
  volunteerReport(token: string, page: { readonly after?: string; readonly limit?: number } = {}) {
    return this.#to.read(volunteerReport, 'GET', '/v1/reports/volunteers', { token, query: { ...page } });
  }

  /** What one did oneself. */
  statistics(token: string): Promise<VolunteerFigures> {
    return this.#to.read(volunteerFigures, 'GET', '/v1/me/statistics', { token });
  }

  async #file(route: string, token: string, span: Span): Promise<string> {
    const call = { token, query: { ...span }, withinMs: FILE_WITHIN_MS };
    return (await this.#to.call('GET', route, call)).text();
  }
}
