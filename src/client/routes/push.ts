import type { z } from 'zod';
import { type pushBrowser, pushList, pushView } from '../../protocol/http/push.ts';
import { path, type Transport } from './transport.ts';

export type PushBrowser = z.input<typeof pushBrowser>;
export type PushView = z.infer<typeof pushView>;

/** Browsers that are woken when their person is asked to help. What to subscribe with is in `about`. */
export class PushRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  async list(token: string): Promise<PushView[]> {
    return (await this.#to.read(pushList, 'GET', '/v1/me/push', { token })).browsers;
  }

  /** What the browser's `PushSubscription` says of itself; again is as good as once. */
  register(token: string, body: PushBrowser): Promise<PushView> {
    return this.#to.read(pushView, 'PUT', '/v1/me/push', { token, body });
  }

  async remove(token: string, id: string): Promise<void> {
    await this.#to.call('DELETE', path('/v1/me/push/:id', id), { token });
  }

  /** A browser says that it has what it was sent: `receipt` stood in the message. */
  async received(receipt: string): Promise<void> {
    await this.#to.call('POST', '/v1/push/receipts', { body: { receipt } });
  }
}
