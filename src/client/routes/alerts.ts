import type { z } from 'zod';
import {
  type acknowledgeBody,
  alertAnswer,
  alertPage,
  alertSettings,
  alertWithHistory,
  type assignBody,
  type cancelSosBody,
  type resolveBody,
} from '../../protocol/http/alerts.ts';
import { path, type Transport } from './transport.ts';

export type AlertPage = z.infer<typeof alertPage>;
export type AlertView = AlertPage['alerts'][number];
export type AlertWithHistory = z.infer<typeof alertWithHistory>;
export type AlertAnswer = z.infer<typeof alertAnswer>;
export type AlertSettings = z.infer<typeof alertSettings>;

export interface AlertsAsked {
  /** An account or a patient record; absent: everybody whom it is one's own to know of. */
  readonly person?: string | undefined;
  /** Absent: the open ones. */
  readonly state?: 'open' | 'closed' | 'all' | undefined;
  readonly severity?: readonly AlertView['severity'][] | undefined;
  /** `next` of the page before; the newest come first. */
  readonly before?: string | undefined;
  readonly limit?: number | undefined;
}

/** Alerts about oneself, about those one cares for, and as a dispatcher those that were escalated. */
export class AlertRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  list(token: string, { severity, ...asked }: AlertsAsked = {}): Promise<AlertPage> {
    const query = { ...asked, severity: severity?.join(',') };
    return this.#to.read(alertPage, 'GET', '/v1/alerts', { token, query });
  }

  /** With all that has happened to it. */
  alert(token: string, id: string): Promise<AlertWithHistory> {
    return this.#to.read(alertWithHistory, 'GET', path('/v1/alerts/:id', id), { token });
  }

  /** `body.id`: the sender's own for it; the same again when it is sent again. */
  acknowledge(token: string, id: string, body: z.input<typeof acknowledgeBody>): Promise<AlertAnswer> {
    return this.#command(token, path('/v1/alerts/:id/acknowledge', id), body);
  }

  assign(token: string, id: string, body: z.input<typeof assignBody>): Promise<AlertAnswer> {
    return this.#command(token, path('/v1/alerts/:id/assign', id), body);
  }

  resolve(token: string, id: string, body: z.input<typeof resolveBody>): Promise<AlertAnswer> {
    return this.#command(token, path('/v1/alerts/:id/resolve', id), body);
  }

  /** `alert_sos_not_pending`: there is none that could be called off, or it is an SOS already. */
  cancelSos(token: string, id: string, body: z.input<typeof cancelSosBody>): Promise<AlertAnswer> {
    return this.#command(token, path('/v1/alerts/:id/cancel-sos', id), body);
  }

  /** Whether a machine may call for help for somebody. */
  settings(token: string, person: string): Promise<AlertSettings> {
    return this.#to.read(alertSettings, 'GET', path('/v1/people/:id/alert-settings', person), { token });
  }

  setSettings(token: string, person: string, opensSos: boolean): Promise<AlertSettings> {
    const call = { token, body: { opensSos } };
    return this.#to.read(alertSettings, 'PUT', path('/v1/people/:id/alert-settings', person), call);
  }

  #command(token: string, at: string, body: object): Promise<AlertAnswer> {
    return this.#to.read(alertAnswer, 'POST', at, { token, body });
  }
}
