import type { z } from 'zod';
import {
  latestView,
  news2View,
  recordedView,
  scoresView,
  type thresholdSettings,
  thresholdsView,
  type vitalsEntry,
} from '../../protocol/http/bedside.ts';
import { path, type Transport } from './transport.ts';

export type ThresholdSettings = z.input<typeof thresholdSettings>;
export type ThresholdsView = z.infer<typeof thresholdsView>;
export type News2View = z.infer<typeof news2View>;
export type ScoresView = z.infer<typeof scoresView>;
export type LatestVitals = z.infer<typeof latestView>;
export type VitalsEntry = z.input<typeof vitalsEntry>;
export type RecordedVitals = z.infer<typeof recordedView>;

/**
 * What those at somebody's side read, set and write down of their vital signs. `id`: of their account, or their patient
 * record.
 */
export class BedsideRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  /** What somebody is judged by. */
  thresholds(token: string, id: string): Promise<ThresholdsView> {
    return this.#to.read(thresholdsView, 'GET', path('/v1/people/:id/thresholds', id), { token });
  }

  /** Replaces all that is set. `version` is the one that was looked at; 0: nothing was set. */
  setThresholds(
    token: string,
    id: string,
    version: number,
    settings: ThresholdSettings,
  ): Promise<ThresholdsView> {
    const body = { version, settings };
    return this.#to.read(thresholdsView, 'PUT', path('/v1/people/:id/thresholds', id), { token, body });
  }

  /** The score at this moment, with the age of each value. */
  news2(token: string, id: string): Promise<News2View> {
    return this.#to.read(news2View, 'GET', path('/v1/people/:id/news2', id), { token });
  }

  /** Scores as they changed, the newest first; `before` is the `atMs` of the last of the page before. */
  scores(
    token: string,
    id: string,
    page: { readonly before?: number; readonly limit?: number } = {},
  ): Promise<ScoresView> {
    return this.#to.read(scoresView, 'GET', path('/v1/people/:id/news2/history', id), { token, query: page });
  }

  /** The newest value of each vital sign. */
  latest(token: string, id: string): Promise<LatestVitals> {
    return this.#to.read(latestView, 'GET', path('/v1/people/:id/vitals/latest', id), { token });
  }

  /** Writes down what somebody measured. The same `id` again is the same record. */
  record(token: string, id: string, entry: VitalsEntry): Promise<RecordedVitals> {
    return this.#to.read(recordedView, 'POST', path('/v1/people/:id/vitals', id), { token, body: entry });
  }

  /** Takes back what was written down by mistake. */
  async retract(token: string, id: string, recordId: string): Promise<void> {
    await this.#to.call('DELETE', path('/v1/people/:id/vitals/:record', id, recordId), { token });
  }
}
