import type { z } from 'zod';
import { attachmentList, attachmentView } from '../../protocol/http/attachments.ts';
import { contentOf, type DocumentContent } from './documents.ts';
import { path, type Transport } from './transport.ts';

export type AttachmentView = z.infer<typeof attachmentView>;

/** What is sent along with messages; the messages themselves are records. */
export class AttachmentRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  /** A PDF, PNG or JPEG of at most 10 MiB, judged by its content, by whoever wrote the message, until it is read. */
  attach(
    token: string,
    messageId: string,
    name: string,
    content: Uint8Array<ArrayBuffer>,
  ): Promise<AttachmentView> {
    const route = path('/v1/messages/:id/attachments', messageId);
    return this.#to.read(attachmentView, 'POST', route, { token, query: { name }, content });
  }

  async list(token: string, messageId: string): Promise<AttachmentView[]> {
    const route = path('/v1/messages/:id/attachments', messageId);
    return (await this.#to.read(attachmentList, 'GET', route, { token })).attachments;
  }

  async read(token: string, messageId: string, id: string): Promise<DocumentContent> {
    const route = path('/v1/messages/:id/attachments/:attachment', messageId, id);
    return contentOf(await this.#to.call('GET', route, { token }));
  }
}
