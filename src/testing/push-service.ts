import { createDecipheriv, createECDH, type ECDH, hkdfSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { importJWK, jwtVerify } from 'jose';

/** What a browser got, as its service worker has it. */
export interface Pushed {
  readonly browser: string;
  readonly data: unknown;
  readonly ttlS: number;
  readonly urgency: string | undefined;
  readonly topic: string | undefined;
}

interface Browser {
  readonly pair: ECDH;
  readonly auth: Buffer;
}

/**
 * A push service on this machine, with the browsers that it carries messages to: takes what RFC 8030, 8291 and 8292 ask
 * for and nothing else. Written by the texts, and knows nothing of how we seal.
 */
export class PushService {
  readonly pushed: Pushed[] = [];
  /** Statuses of the next answers, and the seconds of `retry-after`; then 201. */
  readonly answers: (number | readonly [status: number, retryAfterS: number])[] = [];
  readonly refused: string[] = [];
  readonly #browsers = new Map<string, Browser>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#take(request).then(
        ([status, retryAfterS]) => {
          if (retryAfterS !== undefined) response.setHeader('retry-after', retryAfterS);
          response.writeHead(status).end();
        },
        (error: unknown) => {
          this.refused.push(String(error));
          response.writeHead(400).end();
        },
      );
    });
  }

  static async start(): Promise<PushService> {
    const service = new PushService();
    service.#server.listen(0, '127.0.0.1');
    await once(service.#server, 'listening');
    return service;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What `PushSubscription.toJSON()` says of a new browser. */
  subscribe(name: string) {
    const pair = createECDH('prime256v1');
    pair.generateKeys();
    const auth = randomBytes(16);
    this.#browsers.set(name, { pair, auth });
    const keys = { p256dh: pair.getPublicKey('base64url'), auth: auth.toString('base64url') };
    return { endpoint: `${this.origin}/send/${name}`, keys };
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #take(
    request: IncomingMessage,
  ): Promise<readonly [status: number, retryAfterS?: number | undefined]> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [, name = ''] = /^\/send\/([\w-]+)$/.exec(request.url ?? '') ?? [];
    const browser = this.#browsers.get(name);
    const next = this.answers.shift() ?? 201;
    const [status, retryAfterS] = typeof next === 'number' ? [next] : next;
    if (!browser) return [404];
    const { headers } = request;
    await this.#checkSender(headers.authorization ?? '');
    if (headers['content-encoding'] !== 'aes128gcm') throw new Error('another encoding');
    if (!/^\d+$/.test(headers.ttl as string)) throw new Error('no TTL');
    const data: unknown = JSON.parse(opened(Buffer.concat(chunks), browser).toString());
    if (status < 300)
      this.pushed.push({
        browser: name,
        data,
        ttlS: Number(headers.ttl),
        urgency: headers.urgency as string | undefined,
        topic: headers.topic as string | undefined,
      });
    return [status, retryAfterS];
  }

  /** RFC 8292: signed by the key that the browser subscribed with, for this origin, for a day at most. */
  async #checkSender(authorization: string): Promise<void> {
    const [, token = '', key = ''] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(authorization) ?? [];
    const point = Buffer.from(key, 'base64url');
    if (point.length !== 65 || point[0] !== 4) throw new Error('no point');
    const half = (from: number) => point.subarray(from, from + 32).toString('base64url');
    const jwk = { kty: 'EC', crv: 'P-256', x: half(1), y: half(33) };
    const { payload } = await jwtVerify(token, await importJWK(jwk, 'ES256'), { audience: this.origin });
    if (!/^(mailto:|https:)/.test(payload.sub ?? '')) throw new Error('no subject');
    if ((payload.exp ?? Number.POSITIVE_INFINITY) > Date.now() / 1_000 + 86_400)
      throw new Error('signed for too long');
  }
}

/** RFC 8188 and 8291, from the side of the browser. */
export function opened(body: Buffer, { pair, auth }: Browser): Buffer {
  const salt = body.subarray(0, 16);
  const keyLength = body.readUInt8(20);
  const sender = body.subarray(21, 21 + keyLength);
  const sealed = body.subarray(21 + keyLength);
  const shared = pair.computeSecret(sender);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), pair.getPublicKey(), sender]);
  const ikm = Buffer.from(hkdfSync('sha256', shared, auth, info, 32));
  const part = (label: string, bytes: number) => Buffer.from(hkdfSync('sha256', ikm, salt, label, bytes));
  const decipher = createDecipheriv(
    'aes-128-gcm',
    part('Content-Encoding: aes128gcm\0', 16),
    part('Content-Encoding: nonce\0', 12),
  );
  decipher.setAuthTag(sealed.subarray(-16));
  const padded = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  if (padded.at(-1) !== 2) throw new Error('not the last record');
  return padded.subarray(0, -1);
}
