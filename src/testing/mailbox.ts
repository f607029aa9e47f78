import { type AddressInfo, createServer, type Socket } from 'node:net';
import { until } from './until.ts';

export interface Mail {
  readonly recipient: string;
  readonly subject: string;
  readonly body: string;
}

/** A mail server that takes everything and keeps it, for tests. */
export interface Mailbox {
  /** For `MUSTER_SMTP_URL`. */
  readonly url: string;
  /** The next mail to this address that nobody has taken yet. */
  next(recipient: string): Promise<Mail>;
  close(): void;
}

export async function openMailbox(): Promise<Mailbox> {
  const mails: Mail[] = [];
  const server = createServer((socket) => serve(socket, (mail) => mails.push(mail)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    next: (recipient) =>
      until(
        () => {
          const at = mails.findIndex((mail) => mail.recipient === recipient);
          return at >= 0 && mails.splice(at, 1)[0];
        },
        { timeoutMs: 20_000, what: 'a mail' },
      ) as Promise<Mail>,
    close: () => server.close(),
  };
}

/** RFC 5321, as much of it as a mailer without extensions speaks. */
function serve(socket: Socket, keep: (mail: Mail) => void): void {
  let heard = '';
  let recipient = '';
  let inData = false;
  socket.on('error', () => {});
  socket.write('220 test\r\n');
  socket.on('data', (chunk) => {
    heard += chunk.toString();
    for (;;) {
      const end = heard.indexOf(inData ? '\r\n.\r\n' : '\r\n');
      if (end < 0) return;
      const said = heard.slice(0, end);
      heard = heard.slice(end + (inData ? 5 : 2));
      if (inData) {
        // A line that begins with a dot was sent with two.
        keep({ recipient, ...read(said.replaceAll('\r\n..', '\r\n.')) });
        inData = false;
        socket.write('250 taken\r\n');
        continue;
      }
      recipient = /^RCPT TO:<([^>]*)>/i.exec(said)?.[1] ?? recipient;
      inData = /^DATA/i.test(said);
      if (/^QUIT/i.test(said)) socket.end('221 bye\r\n');
      else socket.write(inData ? '354 go on\r\n' : '250 fine\r\n');
    }
  });
}

function read(message: string): Pick<Mail, 'subject' | 'body'> {
  const split = message.indexOf('\r\n\r\n');
  const [head, content] = [message.slice(0, split), message.slice(split + 4)];
  const isQuoted = /^content-transfer-encoding: quoted-printable/im.test(head);
  const plain = isQuoted
    ? content
        .replace(/=\r\n/g, '')
        .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : content;
  return { subject: /^subject: (.*)$/im.exec(head)?.[1]?.trim() ?? '', body: plain.replaceAll('\r\n', '\n') };
}
