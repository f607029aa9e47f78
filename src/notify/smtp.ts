import { createTransport } from 'nodemailer';
import type { Notifier } from './types.ts';

export interface SmtpOptions {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  readonly url: string;
  /** The sender, such as `Muster <muster@example.org>`. */
  readonly from: string;
  /** Of silence: whoever takes longer to answer is away. */
  readonly timeoutMs: number;
  /** Hears whether the mail server answers; that it does not take one message says nothing about it. */
  readonly use?: { answered(): void; failed(error: unknown): void };
}

/** What `nodemailer` says of a message that the server refused. */
const ABOUT_THE_MESSAGE: ReadonlySet<unknown> = new Set(['EENVELOPE', 'EMESSAGE']);

/** Mail over SMTP. Takes STARTTLS where the server offers it. */
export function smtp({ url, from, timeoutMs, use }: SmtpOptions): Notifier & {
  /** Resolves when the server lets us in. */
  ask(): Promise<void>;
  close(): void;
} {
  const transport = createTransport({
    url,
    dnsTimeout: timeoutMs,
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
      try {
        await transport.sendMail({ from, to, subject, text: body, messageId });
      } catch (error) {
        if (!ABOUT_THE_MESSAGE.has((error as { code?: unknown }).code)) use?.failed(error);
        throw error;
      }
      use?.answered();
    },
    async ask() {
      await transport.verify();
    },
    close: () => transport.close(),
  };
}
