import { expect, test } from 'vitest';
import { contentSecurityPolicy, securityHeaders } from './security-headers.ts';

test('pages load from their own server only, and from the origin of the map where one is set', () => {
  expect(contentSecurityPolicy(null)).not.toMatch(/https?:|unsafe|blob:|\*/);
  const [[, policy = ''] = []] = securityHeaders(true, 'https://tiles.example.org/styles/plain.json?key=1');
  expect(policy).toContain("connect-src 'self' https://tiles.example.org;");
  expect(policy).toContain("img-src 'self' data: https://tiles.example.org;");
  expect(policy.match(/tiles/g)).toHaveLength(2);
});

test('that TLS is to be kept is said over TLS only', () => {
  const names = (isSecure: boolean) => securityHeaders(isSecure, null).map(([name]) => name);
  expect(names(true)).toContain('strict-transport-security');
  expect(names(false)).not.toContain('strict-transport-security');
});
