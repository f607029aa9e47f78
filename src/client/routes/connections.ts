import { z } from 'zod';
import {
  connectionBegun,
  type connectionChange,
  type connectionReturn,
  connectionView,
  disconnected,
  providerView,
  syncLogView,
} from '../../protocol/http/connections.ts';
import { path, type Transport } from './transport.ts';

export type ProviderView = z.infer<typeof providerView>;
export type ConnectionBegun = z.infer<typeof connectionBegun>;
export type ConnectionView = z.infer<typeof connectionView>;
export type ConnectionChange = z.input<typeof connectionChange>;
export type ConnectionReturn = z.input<typeof connectionReturn>;
export type SyncLogView = z.infer<typeof syncLogView>;

export interface SyncLogsPage {
  /** The last id of the page before; newest first. */
  readonly before?: string | undefined;
  readonly limit?: number | undefined;
}

const providers = z.object({ providers: z.array(providerView) });
const connections = z.object({ connections: z.array(connectionView) });
const logs = z.object({ logs: z.array(syncLogView) });

/** One's own wearable clouds. */
export class ConnectionRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  /** Which can be connected here. */
  async providers(token: string): Promise<ProviderView[]> {
    return (await this.#to.read(providers, 'GET', '/v1/connections/providers', { token })).providers;
  }

  /** Where to go to agree. The provider sends back to `/v1/connections/callback`, with `state` and `code` in the address. */
  begin(token: string, provider: string, deviceName: string | null = null): Promise<ConnectionBegun> {
    return this.#to.read(connectionBegun, 'POST', '/v1/connections', {
      token,
      body: { provider, deviceName },
    });
  }

  /** Ends what {@link begin} began, by the same person, with what stood in that address. */
  confirm(token: string, back: ConnectionReturn): Promise<ConnectionView> {
    return this.#to.read(connectionView, 'POST', '/v1/connections/confirmation', { token, body: back });
  }

  async list(token: string): Promise<ConnectionView[]> {
    return (await this.#to.read(connections, 'GET', '/v1/connections', { token })).connections;
  }

  change(token: string, id: string, change: ConnectionChange): Promise<ConnectionView> {
    return this.#to.read(connectionView, 'PUT', path('/v1/connections/:id', id), { token, body: change });
  }

  /** Reads it at once, at most once a minute. */
  syncNow(token: string, id: string): Promise<ConnectionView> {
    return this.#to.read(connectionView, 'POST', path('/v1/connections/:id/sync', id), { token, body: {} });
  }

  /** How reading it went, newest first. */
  async logs(token: string, id: string, page: SyncLogsPage = {}): Promise<SyncLogView[]> {
    const call = { token, query: { ...page } };
    return (await this.#to.read(logs, 'GET', path('/v1/connections/:id/logs', id), call)).logs;
  }

  /** Nothing is read any more. `revoked`: the provider was told so. */
  disconnect(token: string, id: string): Promise<{ revoked: boolean }> {
    return this.#to.read(disconnected, 'DELETE', path('/v1/connections/:id', id), { token });
  }
}
