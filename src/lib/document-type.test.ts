import { expect, test } from 'vitest';
import { documentTypeOf, fileNameOf } from './document-type.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

test.each([
  ['%PDF-1.7\n', 'application/pdf'],
  ['\x89PNG\r\n\x1a\n....', 'image/png'],
  ['\xff\xd8\xff\xe0....', 'image/jpeg'],
  ['<html><script>', null],
  ['MZ\x90', null],
  ['%PDF', null],
  ['', null],
])('a file that begins with %j is %j', (start, type) => {
  expect(documentTypeOf(bytes(start))).toBe(type);
});

test.each([
  ['../../etc/passwd', 'passwd.pdf'],
  ['C:\\scans\\card.exe', 'card.pdf'],
  ['a"; filename="b.html', 'a__ filename=_b.pdf'.replace('=', '_')],
  ['.htaccess', 'document.pdf'],
  ['Zürich ID.PDF', 'Zürich ID.pdf'],
  ['x\r\nset-cookie: a', 'x__set-cookie_ a.pdf'],
  ['', 'document.pdf'],
])('the name %j is kept as %j', (name, kept) => {
  expect(fileNameOf(name, 'application/pdf')).toBe(kept);
});
