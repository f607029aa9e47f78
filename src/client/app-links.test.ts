import { expect, test } from 'vitest';
import { ownTracksLink, traccarLink } from './app-links.ts';

test('a link for OwnTracks holds its configuration in base64, with the secret nowhere else', () => {
  const secret = 'x-_y'.repeat(10);
  const link = ownTracksLink({
    serverUrl: 'https://muster.example.org/devices#x',
    deviceId: 'the-id',
    secret,
  });
  expect(link).toMatch(/^owntracks:\/\/\/config\?inline=[\w%]+$/);
  const inline = decodeURIComponent(link.slice(link.indexOf('=') + 1));
  expect(JSON.parse(Buffer.from(inline, 'base64').toString())).toMatchObject({
    _type: 'configuration',
    mode: 3,
    url: 'https://muster.example.org/v1/apps/owntracks',
    auth: true,
    username: 'the-id',
    password: secret,
    encryptionKey: '',
    locatorInterval: 60,
  });
});

test('a link for Traccar Client names where to send and what to call itself by', () => {
  const link = traccarLink({ serverUrl: 'https://muster.example.org', trackerId: 'ABCD' });
  expect(link.startsWith('org.traccar.client://config?')).toBe(true);
  expect(Object.fromEntries(new URLSearchParams(link.slice(link.indexOf('?'))))).toEqual({
    url: 'https://muster.example.org/v1/apps/osmand',
    id: 'ABCD',
    interval: '60',
    distance: '50',
    buffer: 'true',
  });
});
