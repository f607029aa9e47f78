import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readHeaders, type SmsOverHttpOptions, smsOverHttp } from './sms-http.ts';

const MESSAGE = { id: 'id-1', recipient: '+41790000001', subject: 'Your code', body: '123456 is {from}\n' };

describe('SMS over HTTP', () => {
  const heard: { method: string; url: string; headers: IncomingHttpHeaders; body: string }[] = [];
  let server: Server;
  let url: string;
  /** Null: never answers. */
  let status: number | null;

  beforeEach(async () => {
    heard.length = 0;
    status = 202;
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        heard.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
        if (status === null) return;
        const location = status === 302 ? { location: '/elsewhere' } : {};
        response.writeHead(status, location).end(`no: ${MESSAGE.recipient} ${MESSAGE.body}`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/send`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const sms = (more: Partial<SmsOverHttpOptions> = {}) =>
    smsOverHttp({
      url,
      headers: { authorization: 'Bearer secret' },
      format: 'json',
      body: '{"to":["{to}"],"from":"{from}","text":"{text}","options":{"priority":1}}',
      from: 'Muster',
      timeoutMs: 5_000,
      ...more,
    });
  const failure = (work: Promise<void>) =>
    work.then(
      () => null,
      (error: unknown) => error,
    );

  test('is posted as the JSON that the operator described, with their headers and an id for repeats', async () => {
    await sms().send(MESSAGE);
    expect(heard).toMatchObject([
      {
        method: 'POST',
        url: '/send',
        headers: {
          authorization: 'Bearer secret',
          'content-type': 'application/json',
          'idempotency-key': 'id-1',
        },
      },
    ]);
    // What stands in a text is not filled in again.
    expect(JSON.parse(heard[0]?.body ?? '')).toEqual({
      to: ['+41790000001'],
      from: 'Muster',
      text: '123456 is {from}',
      options: { priority: 1 },
    });
  });

  test('is posted as a form where the provider takes one', async () => {
    await sms({ format: 'form', body: '{"To":"{to}","From":"{from}","Body":"{text}"}' }).send(MESSAGE);
    expect(heard[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect([...new URLSearchParams(heard[0]?.body)]).toEqual([
      ['To', '+41790000001'],
      ['From', 'Muster'],
      ['Body', '123456 is {from}'],
    ]);
  });

  test.each([
    [429, 'SMS_HTTP_429'],
    [500, 'SMS_HTTP_500'],
    [503, 'SMS_HTTP_503'],
    [401, 'SMS_HTTP_401'],
    [302, 'SMS_REDIRECT'],
  ])('is not taken at %i, which is told as %s without a word of the message', async (answered, code) => {
    status = answered;
    const error = await failure(sms().send(MESSAGE));
    expect(error).toMatchObject({ name: 'SmsNotTaken', code });
    expect(String((error as Error).message)).toBe(code);
    // Nowhere but where the operator said.
    expect(heard.map((request) => request.url)).toEqual(['/send']);
  });

  test('is not taken by a provider that does not answer in time, or is not there', async () => {
    status = null;
    expect(await failure(sms({ timeoutMs: 50 }).send(MESSAGE))).toMatchObject({ code: 'SMS_TIMEOUT' });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await failure(sms().send(MESSAGE))).toMatchObject({ code: 'SMS_ECONNREFUSED' });
  });
});

describe('the file of SMS headers', () => {
  test('holds a header a line', () => {
    const text = '# of the provider\nAuthorization: Basic abc=\r\n\nX-Account:  7 \n';
    expect(readHeaders(text)).toEqual({ authorization: 'Basic abc=', 'x-account': '7' });
  });

  test.each(['no header', 'Bad Name: x', ': x', 'X: a\u0000b'])(
    'is refused with %j, which is not repeated',
    (line) => {
      expect(() => readHeaders(`A: b\n${line}`)).toThrow('the file of SMS headers: line 2 is no header');
    },
  );
});
