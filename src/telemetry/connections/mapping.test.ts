import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../lib/package-root.ts';
import { mapping, resourcesRead, settingsOf } from './mapping.ts';

const folder = new URL('deploy/wearables/', packageRoot);
const shipped = readdirSync(folder).map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')));

/** The smallest that is one, changed by the test. */
const plain = (change: (draft: Draft) => void = () => {}) => {
  const draft = {
    provider: 'acme',
    title: 'Acme',
    hosts: { api: 'https://api.example.org' },
    oauth: {
      authorizationUrl: '{api}/authorize',
      tokenUrl: '{api}/token',
      clientAuth: 'basic',
      scopes: ['read'],
    },
    resources: [
      {
        name: 'weights',
        title: 'Weights',
        request: { url: '{api}/weights', query: { since: '{sinceIso}' } },
        record: { id: '/id', at: { path: '/at', format: 'iso' } },
        samples: [{ values: { weightKg: { path: '/pounds', unit: '[lb_av]' } } }],
      },
    ],
  };
  change(draft as unknown as Draft);
  return mapping.safeParse(draft);
};
type Draft = {
  hosts: Record<string, string>;
  oauth: Record<string, unknown>;
  resources: Record<string, never>[];
};
const first = (draft: Draft) => draft.resources[0] as unknown as Record<string, Record<string, unknown>>;

describe('a mapping', () => {
  test.each(shipped.map((one) => [one.provider, one] as const))('of this release fits: %s', (_name, one) => {
    expect(mapping.safeParse(one).error?.issues).toBeUndefined();
  });

  test('of this release there is for each provider of the sources', () => {
    expect(shipped.map(({ provider }) => provider).sort()).toEqual(['polar', 'samsung', 'strava']);
  });

  test('fits', () => {
    expect(plain().success).toBe(true);
  });

  test.each<[string, (draft: Draft) => void, string]>([
    [
      'an address that is no place of a host',
      (d) => Object.assign(first(d).request as object, { url: 'https://evil.example' }),
      'resources.0.request.url',
    ],
    [
      'a host that is none of its own',
      (d) => Object.assign(first(d).request as object, { url: '{other}/weights' }),
      'resources.0.request',
    ],
    [
      'a place that is not filled in here',
      (d) => Object.assign(first(d).request as object, { query: { page: '{page}' } }),
      'resources.0.request',
    ],
    [
      'a token in an address',
      (d) => Object.assign(d.oauth, { tokenUrl: '{api}/{accessToken}' }),
      'oauth.tokenUrl',
    ],
    [
      'a unit that is none of the vital sign',
      (d) => Object.assign(first(d), { samples: [{ values: { weightKg: { path: '', unit: 'mm[Hg]' } } }] }),
      'resources.0.samples.0.values.weightKg.unit',
    ],
    [
      'a vital sign that there is not',
      (d) => Object.assign(first(d), { samples: [{ values: { mood: { path: '', unit: '%' } } }] }),
      'resources.0.samples.0.values',
    ],
    [
      'a time of a day that is not named',
      (d) => Object.assign(first(d), { record: { at: { path: '/t', format: 'time_of_day' } } }),
      'resources.0.record.at.day',
    ],
    [
      'details of records without an id',
      (d) =>
        Object.assign(first(d), {
          record: { at: { path: '/t', format: 's' } },
          detail: { url: '{api}/{id}' },
        }),
      'resources.0.record.id',
    ],
    ['no pointer', (d) => Object.assign(first(d), { list: 'items' }), 'resources.0.list'],
    ['a field that there is not', (d) => Object.assign(d, { clientSecret: 'x' }), ''],
    ['two resources of one name', (d) => d.resources.push(d.resources[0] as never), 'resources'],
  ])('is refused with %s, by its field', (_what, change, field) => {
    const refused = plain(change);
    expect(refused.success).toBe(false);
    expect(refused.error?.issues.map(({ path }) => path.join('.'))).toContain(field);
  });
});

describe('what is read of a provider', () => {
  const polar = mapping.parse(shipped.find(({ provider }) => provider === 'polar'));
  const strava = mapping.parse(shipped.find(({ provider }) => provider === 'strava'));
  const names = (resources: readonly { name: string }[]) => resources.map(({ name }) => name);

  test('is all but what has to be asked for, or what the person chose', () => {
    expect(names(resourcesRead(polar, {}, []))).toEqual(['heart_rate', 'exercises', 'spo2']);
    expect(names(resourcesRead(polar, { resources: ['core_temperature'] }, []))).toEqual([
      'core_temperature',
    ]);
  });

  test('is nothing that was not allowed', () => {
    expect(names(resourcesRead(strava, {}, ['read']))).toEqual([]);
    expect(names(resourcesRead(strava, {}, ['read', 'activity:read_all']))).toEqual(['activities']);
  });

  test('can be set to what there is', () => {
    expect(settingsOf(polar).safeParse({ resources: ['spo2'] }).success).toBe(true);
    expect(settingsOf(polar).safeParse({ resources: ['steps'] }).success).toBe(false);
  });
});
