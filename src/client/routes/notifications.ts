import type { z } from 'zod';
import {
  notificationPage,
  notificationsUnread,
  type notificationView,
} from '../../protocol/http/notifications.ts';
import type { Transport } from './transport.ts';

export type NotificationView = z.infer<typeof notificationView>;
export type NotificationPage = z.infer<typeof notificationPage>;

/** What somebody was told. `notification.created` on their inbox says that there is more. */
export class NotificationRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  /** The newest first. */
  list(
    token: string,
    query: { readonly unread?: boolean; readonly before?: string; readonly limit?: number } = {},
  ): Promise<NotificationPage> {
    return this.#to.read(notificationPage, 'GET', '/v1/me/notifications', { token, query });
  }

  /** These, or all, have been read. Answers how many are left. */
  async read(token: string, ids?: readonly string[]): Promise<number> {
    const body = ids === undefined ? {} : { ids };
    const call = { token, body };
    return (await this.#to.read(notificationsUnread, 'POST', '/v1/me/notifications/read', call)).unread;
  }
}
