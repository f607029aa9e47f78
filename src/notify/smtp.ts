import { createTransport } from 'nodemailer';
import type { Notifier } from './types.ts';

export interface SmtpOptions {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  readonly url: string;
  /** The sender, such as `Muster <muster@example.org>`. */
  readonly from: string;
  readonly timeoutMs: number;
}

/** Mail over SMTP. Takes STARTTLS where the server offers it. */
export function smtp({ url, from, timeoutMs }: SmtpOptions): Notifier & { close(): void } {
  const transport = createTransport({
    url,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // Nothing of ours refers to a file or an address to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ id, recipient, subject, body }) {
      const messageId = `<${id}@muster>`;
      // As an object, so that an address is one address whatever stands in it.
      const to = { name: '', address: recipient };
      await transport.sendMail({ from, to, subject, text: body, messageId });
    },
    close: () => transport.close(),
  };
}
