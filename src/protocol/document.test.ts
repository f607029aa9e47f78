import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../lib/package-root.ts';
import { CLOSE_CODES } from './close-codes.ts';
import { chatEvents, inboxEvents, sosEvents } from './dispatch-events.ts';
import { protocolDocument } from './document.ts';
import { DOWN } from './down.ts';
import { ERRORS } from './errors.ts';
import { noticeEvents } from './notices.ts';
import { readDown, readUp } from './read-frame.ts';
import { schemaOf } from './shape.ts';
import { fix, sample } from './telemetry.ts';
import { UP } from './up.ts';

const page = protocolDocument();

/** The blocks of JSON on the page, each with the sentence before it. */
const examples = [...page.matchAll(/^(.*)\n\n```json\n([\s\S]*?)\n```$/gm)].map(
  ([, before = '', json = '']) => ({
    isUp: !before.startsWith('←'),
    frame: JSON.parse(json),
  }),
);

test('docs/protocol.md is what the schemas say now; npm run docs writes it', () => {
  expect(readFileSync(new URL('docs/protocol.md', packageRoot), 'utf8')).toBe(page);
});

describe('the page', () => {
  test('names every kind, event, error and close code', () => {
    const headings = new Set([...page.matchAll(/^#{3,4} `(.+)`$/gm)].map(([, name]) => name));
    const kinds = [UP, DOWN, sosEvents, inboxEvents, noticeEvents, chatEvents].flatMap((table) =>
      Object.keys(table),
    );
    expect(kinds.filter((kind) => !headings.has(kind))).toEqual([]);
    for (const code of Object.keys(ERRORS)) expect(page).toContain(`| \`${code}\` |`);
    for (const { code } of Object.values(CLOSE_CODES)) expect(page).toContain(`| ${code} |`);
  });

  test('says of every kind and event what it means', () => {
    const tables = [UP, DOWN, sosEvents, inboxEvents, noticeEvents, chatEvents];
    const silent = tables.flatMap((table) =>
      Object.entries(table).flatMap(([kind, schema]) => (schema.description ? [] : [kind])),
    );
    expect(silent).toEqual([]);
  });

  test('shows frames that are read as they stand', () => {
    expect(examples.length).toBeGreaterThan(25);
    for (const { isUp, frame } of examples) {
      expect((isUp ? readUp : readDown)(frame)).toEqual({ ok: true, frame });
    }
  });

  test('shows fixes that are good, not only rows that pass', () => {
    const fixes = examples.flatMap(({ frame: [kind, body] }) => (kind === 'pos' ? body.fixes : []));
    expect(fixes).toHaveLength(3);
    for (const row of fixes) expect(fix.safeParse(row).success).toBe(true);
    const samples = examples.flatMap(({ frame: [kind, body] }) => (kind === 'vit' ? body.samples : []));
    expect(samples).toHaveLength(2);
    for (const row of samples) expect(sample.safeParse(row).success).toBe(true);
  });

  test('puts no rule in words that are not meant for people', () => {
    expect(page).not.toMatch(/matches `\^|undefined|\[object/);
    expect(schemaOf(fix).prefixItems).toHaveLength(8);
  });
});
