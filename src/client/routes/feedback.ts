import type { z } from 'zod';
import { type feedback, given, helpers, ratings, refusals } from '../../protocol/http/feedback.ts';
import type { Page } from './me.ts';
import { path, type Transport } from './transport.ts';

export type NewFeedback = z.input<typeof feedback>;
export type Given = z.infer<typeof given>;
export type Helper = z.infer<typeof helpers>['helpers'][number];
export type Rating = z.infer<typeof ratings>['ratings'][number];
export type Refusals = z.infer<typeof refusals>;

/** What is said after an SOS. */
export class FeedbackRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  /** Of somebody who helped, once, by one of those who were helped. The same again is answered the same. */
  give(token: string, sosId: string, body: NewFeedback): Promise<Given> {
    return this.#to.read(given, 'POST', path('/v1/sos/:id/feedback', sosId), { token, body });
  }

  /** Who helped, and what was said of it. */
  async helpers(token: string, sosId: string): Promise<Helper[]> {
    return (await this.#to.read(helpers, 'GET', path('/v1/sos/:id/feedback', sosId), { token })).helpers;
  }

  /** For dispatchers: who said no, and who gave it back and why. */
  refusals(token: string, sosId: string): Promise<Refusals> {
    return this.#to.read(refusals, 'GET', path('/v1/sos/:id/refusals', sosId), { token });
  }

  /** What was said of one's own help, newest first. */
  async mine(token: string, page: Page = {}): Promise<Rating[]> {
    return (await this.#to.read(ratings, 'GET', '/v1/me/ratings', { token, query: { ...page } })).ratings;
  }
}
