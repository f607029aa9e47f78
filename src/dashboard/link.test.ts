import { describe, expect, test } from 'vitest';
import { takeFromLink } from './link.ts';

function opened(hash: string) {
  const shown: string[] = [];
  const location = { hash, pathname: '/invitation' };
  const history = { replaceState: (_data: null, _unused: string, url: string) => void shown.push(url) };
  return { browser: { location, history }, shown };
}

describe('a link that opened a page', () => {
  test('brings its token in the fragment, which leaves the address bar and the history', () => {
    const { browser, shown } = opened('#token=a-b_c');
    expect(takeFromLink('token', browser)).toBe('a-b_c');
    expect(shown).toEqual(['/invitation']);
  });

  test('without a token brings nothing, and one that somebody else put there is taken away too', () => {
    expect(takeFromLink('token', opened('').browser)).toBe('');
    const { browser, shown } = opened('#code=123456');
    expect(takeFromLink('token', browser)).toBe('');
    expect(shown).toEqual(['/invitation']);
  });
});
