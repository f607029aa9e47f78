import { z } from 'zod';
import { declared, isHttpUrl, isSecretFreeUrl, isSmsBody, number, path } from './config-checks.ts';

/** Whom a node asks and tells outside: an SMS provider, where places are, and who takes an SOS over. */
export const OUTSIDE_SETTINGS = {
  smsUrl: declared({
    variable: 'MUSTER_SMS_URL',
    default: null,
    schema: z.string().refine(isSecretFreeUrl, 'is no address of an SMS provider'),
    expected: 'https://…, without a user or password in it',
    help: 'Where SMS are sent by POST. Not set: there are none.',
    secret: true,
  }),
  smsHeadersFile: declared({
    variable: 'MUSTER_SMS_HEADERS_FILE',
    default: null,
    schema: path,
    expected: 'the path of a file with lines like "Authorization: Bearer …"',
    help: 'Headers for the SMS provider, where its credentials are.',
  }),
  smsFormat: declared({
    variable: 'MUSTER_SMS_FORMAT',
    default: 'json',
    schema: z.enum(['json', 'form'], { error: 'is neither' }),
    expected: 'json or form',
    help: 'How the SMS provider takes its fields.',
  }),
  smsBody: declared({
    variable: 'MUSTER_SMS_BODY',
    default: '{"to":"{to}","from":"{from}","text":"{text}"}',
    schema: z.string().refine(isSmsBody, 'is no object with {to} and {text}'),
    expected: 'a JSON object like {"To":"{to}","Body":"{text}"}; flat for forms',
    help: 'Fields for the SMS provider. {to}, {from} and {text} are filled in.',
  }),
  smsFrom: declared({
    variable: 'MUSTER_SMS_FROM',
    default: 'Muster',
    schema: z.string().regex(/^[ -~]{1,32}$/, 'is no sender'),
    expected: 'a number or a short name',
    help: 'Sender of SMS.',
  }),
  placesFile: declared({
    variable: 'MUSTER_PLACES_FILE',
    default: null,
    schema: path,
    expected: 'the path of a .csv, .tsv, .txt, .geojson or .json file',
    help: 'Places by name, for callers who say where they are. Read at start.',
  }),
  geocoderUrl: declared({
    variable: 'MUSTER_GEOCODER_URL',
    default: null,
    schema: z.string().refine(isHttpUrl, 'is no address of a geocoder'),
    expected: 'where a Nominatim answers, like https://nominatim.example.org',
    help: 'Asked for what MUSTER_PLACES_FILE does not know; it learns where callers are. Not set: nobody outside is asked.',
    secret: true,
  }),
  geocoderTimeoutMs: number({
    variable: 'MUSTER_GEOCODER_TIMEOUT_MS',
    default: '3000',
    min: 100,
    max: 30_000,
    unit: 'ms',
    help: 'How long to wait for the geocoder.',
  }),
  handOffUrl: declared({
    variable: 'MUSTER_HANDOFF_URL',
    default: null,
    schema: z.string().refine(isSecretFreeUrl, 'is no address of an external service'),
    expected: 'https://…, without a user or password in it',
    help: 'Where SOS are sent by POST that nobody came for. Not set: dispatchers tell others themselves.',
    secret: true,
  }),
  handOffHeadersFile: declared({
    variable: 'MUSTER_HANDOFF_HEADERS_FILE',
    default: null,
    schema: path,
    expected: 'the path of a file with lines like "Authorization: Bearer …"',
    help: 'Headers for that service, where its credentials are.',
  }),
} as const;
