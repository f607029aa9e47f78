import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  adviceOn,
  type Config,
  configHelp,
  type Environment,
  needsSecondFactor,
  readEnv,
  toConfig,
} from './config.ts';

const configured = (env: Environment) => toConfig(readEnv(env));

function configOf(env: Environment): Config {
  const result = configured(env);
  if (!result.ok) throw new Error(result.problems.join('\n'));
  return result.config;
}

function problemsOf(env: Environment): readonly string[] {
  const result = configured(env);
  return result.ok ? [] : result.problems;
}

describe('with nothing set', () => {
  test('everything has its default: embedded, for this machine only', () => {
    expect(configOf({})).toEqual({
      port: 8080,
      host: '127.0.0.1',
      tlsKeyFile: null,
      tlsCertFile: null,
      trustedProxies: [],
      publicUrl: null,
      smtpUrl: null,
      mailFrom: 'Muster <muster@localhost>',
      outsideTimeoutMs: 3_000,
      smsUrl: null,
      smsHeadersFile: null,
      smsFormat: 'json',
      smsBody: '{"to":"{to}","from":"{from}","text":"{text}"}',
      smsFrom: 'Muster',
      emergencyNumber: '112',
      vapidPublicKey: null,
      vapidPrivateKey: null,
      vapidSubject: null,
      pushOrigins: [],
      sosCancelWindowMs: 5_000,
      mapStyleUrl: null,
      placesFile: null,
      geocoderUrl: null,
      geocoderTimeoutMs: 3_000,
      handOffUrl: null,
      handOffHeadersFile: null,
      wearablesFile: null,
      wearablesDir: null,
      tokenKeysFile: null,
      s3Url: null,
      s3Region: 'us-east-1',
      s3AccessKeyId: null,
      s3SecretAccessKey: null,
      allowedOrigins: [],
      databaseUrl: null,
      migrationDatabaseUrl: null,
      databaseRole: 'muster_app',
      dataDir: '.data',
      poolSize: 10,
      sosPoolSize: 4,
      overloadFromMs: 50,
      storeTimeoutMs: 3_000,
      accessTokenTtlS: 900,
      processes: 1,
      onStoreDown: 'provisional',
      localJournalMb: 256,
      authGraceMin: 720,
      admissionsPerS: 500,
      redisPrefix: 'muster',
      redisUrl: null,
      sharedPort: 'false',
      refreshTokenTtlS: 2_592_000,
      requireSecondFactor: 'auto',
      unusualSubjectsPerHour: 50,
      telemetryFlushMs: 100,
      maxSpeedMps: 100,
      geoipMmdbFile: null,
      locationMismatchKm: 500,
      maxFixAgeLiveMs: 60_000,
      maxSampleAgeLiveMs: 60_000,
      alertCriticalS: 60,
      alertHighS: 300,
      alertMediumS: 1_800,
      alertSosAfterS: { panic: 10, fall: 30, news2_high: 30 },
      news2StreamMaxAgeMs: 1_800_000,
      news2RoundMaxAgeMs: 14_400_000,
      news2TemperatureMaxAgeMs: 28_800_000,
      logLevel: 'info',
      shutdownMs: 8_000,
    });
  });

  test('an empty variable, or one of spaces, is one that is not set', () => {
    expect(configOf({ PORT: '', HOST: '  ', DATABASE_URL: '', MUSTER_DATA_DIR: undefined })).toEqual(
      configOf({}),
    );
  });
});

describe('an SMS provider', () => {
  test('is reached over TLS, or on this machine, and has its credentials elsewhere', () => {
    for (const url of ['https://sms.example.org/send', 'http://127.0.0.1:9/send']) {
      expect(configOf({ MUSTER_SMS_URL: url }).smsUrl).toBe(url);
    }
    for (const url of ['http://sms.example.org/', 'https://me:secret@sms.example.org/', 'sms']) {
      const [problem] = problemsOf({ MUSTER_SMS_URL: url });
      expect(problem).toMatch(/^MUSTER_SMS_URL: its value \(not shown\)/);
      expect(problem).not.toContain('secret');
    }
  });

  test('gets fields that hold number and text, without fields within fields in a form', () => {
    for (const body of ['{to} {text}', '{"to":"{to}"}', '["{to}","{text}"]']) {
      expect(problemsOf({ MUSTER_SMS_BODY: body })).toEqual([expect.stringMatching(/^MUSTER_SMS_BODY/)]);
    }
    const nested = { MUSTER_SMS_BODY: '{"to":["{to}"],"text":"{text}"}' };
    expect(problemsOf(nested)).toEqual([]);
    expect(problemsOf({ ...nested, MUSTER_SMS_FORMAT: 'form' })).toHaveLength(1);
  });
});

describe('what is set', () => {
  test('is taken over', () => {
    const config = configOf({
      PORT: ' 0 ',
      DATABASE_URL: 'postgresql://muster:secret@db:5432/muster',
      MUSTER_DATA_DIR: 'data/a',
      MUSTER_LOG_LEVEL: 'debug',
      MUSTER_ACCESS_TOKEN_TTL_S: '300',
      MUSTER_POOL_SIZE: '25',
      MUSTER_STORE_TIMEOUT_MS: '1500',
      MUSTER_TELEMETRY_FLUSH_MS: '20',
      MUSTER_MAX_SPEED_MPS: '350',
      MUSTER_MAX_FIX_AGE_LIVE_MS: '60000',
      MUSTER_MAX_SAMPLE_AGE_LIVE_MS: '30000',
      MUSTER_SHUTDOWN_MS: '0',
    });
    expect(config).toMatchObject({
      port: 0,
      databaseUrl: 'postgresql://muster:secret@db:5432/muster',
      dataDir: 'data/a',
      logLevel: 'debug',
      accessTokenTtlS: 300,
      poolSize: 25,
      storeTimeoutMs: 1_500,
      telemetryFlushMs: 20,
      maxSpeedMps: 350,
      maxFixAgeLiveMs: 60_000,
      maxSampleAgeLiveMs: 30_000,
      shutdownMs: 0,
    });
  });

  test('can not be changed later', () => {
    const config = configOf({ MUSTER_ALLOWED_ORIGINS: 'https://a.example' });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.allowedOrigins)).toBe(true);
  });

  test.each([
    ['PORT', 'abc', 'PORT: "abc" is not a whole number; expected a whole number from 0 to 65535.'],
    ['PORT', '80.5', 'PORT: "80.5" is not a whole number; expected a whole number from 0 to 65535.'],
    ['PORT', '0x50', 'PORT: "0x50" is not a whole number; expected a whole number from 0 to 65535.'],
    ['PORT', '65536', 'PORT: "65536" is too large; expected a whole number from 0 to 65535.'],
    [
      'PORT',
      '9'.repeat(400),
      `PORT: "${'9'.repeat(80)}" is too large; expected a whole number from 0 to 65535.`,
    ],
    ['PORT', '-1', 'PORT: "-1" is too small; expected a whole number from 0 to 65535.'],
    [
      'MUSTER_SHUTDOWN_MS',
      '8s',
      'MUSTER_SHUTDOWN_MS: "8s" is not a whole number; expected a whole number from 0 to 600000 (ms).',
    ],
    [
      'MUSTER_LOG_LEVEL',
      'loud',
      'MUSTER_LOG_LEVEL: "loud" is no level; expected debug, info, warn, error or silent.',
    ],
    [
      'MUSTER_TRUSTED_PROXIES',
      '10.0.0.1,true',
      'MUSTER_TRUSTED_PROXIES: "10.0.0.1,true" holds something that is no address of a proxy; expected addresses ' +
        'like 10.0.0.5 or networks like 172.16.0.0/12, separated by commas.',
    ],
    ['HOST', 'a b', 'HOST: "a b" is no address; expected an IP address or a host name.'],
  ])('%s=%s is refused in one sentence', (variable, value, sentence) => {
    expect(problemsOf({ [variable]: value })).toEqual([sentence]);
  });

  test('everything that is wrong is said at once', () => {
    const problems = problemsOf({ PORT: 'x', MUSTER_POOL_SIZE: '0', MUSTER_LOG_LEVEL: 'x' });
    expect(problems.map((sentence) => sentence.split(':')[0])).toEqual([
      'PORT',
      'MUSTER_POOL_SIZE',
      'MUSTER_LOG_LEVEL',
    ]);
  });

  test.each(['not a url', 'mysql://muster:canary@db/muster', 'canary', 'postgres//muster:canary@db'])(
    'a wrong database address is refused, and never shown',
    (value) => {
      const [sentence, ...more] = problemsOf({ DATABASE_URL: value });
      expect(sentence).toMatch(
        /^DATABASE_URL: its value \(not shown\) is no address of a database; expected/,
      );
      expect(sentence).not.toContain(value);
      expect(sentence).not.toContain('canary');
      expect(more).toEqual([]);
    },
  );

  test('no text at all makes it throw', () => {
    const variables = ['PORT', 'HOST', 'DATABASE_URL', 'MUSTER_ALLOWED_ORIGINS', 'MUSTER_TRUSTED_PROXIES'];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...variables), fc.string({ unit: 'binary' })), (env) => {
        const result = configured(env);
        expect(result.ok || result.problems.length > 0).toBe(true);
      }),
    );
  });
});

describe('origins', () => {
  test('come separated by commas', () => {
    const text = 'https://a.example, http://localhost:5173,';
    expect(configOf({ MUSTER_ALLOWED_ORIGINS: text }).allowedOrigins).toEqual([
      'https://a.example',
      'http://localhost:5173',
    ]);
  });

  test.each(['*', 'null', 'a.example', 'https://a.example/', 'https://a.example/path', 'HTTPS://A.example'])(
    '%s is none',
    (text) => {
      expect(problemsOf({ MUSTER_ALLOWED_ORIGINS: `https://b.example,${text}` })).toEqual([
        expect.stringContaining('holds something that is no origin; expected origins like https://'),
      ]);
    },
  );
});

describe('an address that others can reach', () => {
  test.each(['0.0.0.0', '::', '192.168.1.4', 'muster.example.org', '1.127.0.0.1', '127.evil.example'])(
    '%s needs TLS, or a proxy that has it',
    (host) => {
      const [sentence] = problemsOf({ HOST: host });
      expect(sentence).toMatch(/^HOST: ".*" can be reached from other machines, and without TLS /);
      expect(sentence).toContain('MUSTER_TRUSTED_PROXIES');
      const behind = configOf({ HOST: host, MUSTER_TRUSTED_PROXIES: '10.0.0.1, 172.16.0.0/12' });
      expect(behind.trustedProxies).toEqual(['10.0.0.1', '172.16.0.0/12']);
      const tls = { MUSTER_TLS_KEY_FILE: 'key.pem', MUSTER_TLS_CERT_FILE: 'cert.pem' };
      expect(configOf({ HOST: host, ...tls })).toMatchObject({ host, tlsKeyFile: 'key.pem' });
    },
  );

  test.each(['127.0.0.1', '127.8.8.8', '::1', 'localhost'])('%s is none', (host) => {
    expect(configOf({ HOST: host }).host).toBe(host);
  });
});

test('a key without its certificate is refused, and the other way round', () => {
  expect(problemsOf({ MUSTER_TLS_KEY_FILE: 'key.pem' })).toEqual([
    'MUSTER_TLS_KEY_FILE is set but MUSTER_TLS_CERT_FILE is not; expected both or neither.',
  ]);
  expect(problemsOf({ MUSTER_TLS_CERT_FILE: 'cert.pem' })).toEqual([
    'MUSTER_TLS_CERT_FILE is set but MUSTER_TLS_KEY_FILE is not; expected both or neither.',
  ]);
});

test('a bucket comes with its access key', () => {
  expect(
    problemsOf({ MUSTER_S3_URL: 'https://s3.example.org/documents', MUSTER_S3_ACCESS_KEY_ID: 'id' }),
  ).toEqual([
    'MUSTER_S3_URL is set but its access key is not; expected MUSTER_S3_ACCESS_KEY_ID and MUSTER_S3_SECRET_ACCESS_KEY.',
  ]);
});

describe('a second factor', () => {
  test.each([
    { HOST: '0.0.0.0', MUSTER_TRUSTED_PROXIES: '10.0.0.5' },
    { MUSTER_TRUSTED_PROXIES: '127.0.0.1' },
    { MUSTER_PUBLIC_URL: 'https://muster.example.org' },
  ])(
    'is needed where others can reach the node, unless an operator says otherwise, who is told: %j',
    (env) => {
      expect([needsSecondFactor(configOf(env)), adviceOn(configOf(env))]).toEqual([true, []]);
      const without = configOf({ ...env, MUSTER_REQUIRE_SECOND_FACTOR: 'false' });
      expect(needsSecondFactor(without)).toBe(false);
      expect(adviceOn(without).join()).toContain('MUSTER_REQUIRE_SECOND_FACTOR is false');
    },
  );

  test('is no matter on this machine alone', () => {
    expect([needsSecondFactor(configOf({})), adviceOn(configOf({}))]).toEqual([false, []]);
    expect(needsSecondFactor(configOf({ MUSTER_REQUIRE_SECOND_FACTOR: 'true' }))).toBe(true);
  });
});

describe('a variable that is no setting', () => {
  test('is warned of by name, without its value', () => {
    const { warnings } = readEnv({ MUSTER_PORT: 'canary', MUSTER_LOGLEVEL: 'canary', PATH: '/usr/bin' });
    expect(warnings).toEqual([
      'MUSTER_LOGLEVEL is no setting of Muster and has no effect: see --help for those that are.',
      'MUSTER_PORT is no setting of Muster and has no effect: see --help for those that are.',
    ]);
  });

  test('is no matter when it belongs to the tests or to somebody else', () => {
    expect(readEnv({ MUSTER_TEST_RUN: 'x', HOME: 'x', PGHOST: 'x', MUSTER_DATA_DIR: 'x' }).warnings).toEqual(
      [],
    );
  });
});

test('--help names every setting with default, unit and meaning, one a line', () => {
  const lines = configHelp().trimEnd().split('\n');
  expect(lines).toHaveLength(Object.keys(configOf({})).length);
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}MUSTER_STORE_TIMEOUT_MS +3000 ms +How long /));
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}DATABASE_URL +- +PostgreSQL with PostGIS\./));
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}PORT +8080 +Port to listen on\./));
});

describe('the settings of alerts', () => {
  const sosAfter = (text: string) => ({ MUSTER_ALERT_SOS_AFTER_S: text });

  test('name the conditions that call for help, or none', () => {
    expect(configOf(sosAfter('panic:0, spo2_low:120')).alertSosAfterS).toEqual({ panic: 0, spo2_low: 120 });
    expect(configOf(sosAfter('none')).alertSosAfterS).toEqual({});
  });

  test.each(['panic', 'panic:', 'Panic:3', 'panic:-1', 'panic:3601', '__proto__:1:2'])(
    'take no %s',
    (text) => {
      expect(problemsOf(sosAfter(text))).toHaveLength(1);
    },
  );
});
