import type { z } from 'zod';
import { CLOSE_CODES, type CloseName } from './close-codes.ts';
import { DEVICE_MAY } from './device-may.ts';
import { chatEvents, inboxEvents, sosEvents } from './dispatch-events.ts';
import { fieldTable, ruleOf, table, typeOf } from './document-fields.ts';
import {
  CONNECTING,
  DEGRADED,
  DEVICES,
  FRAMES,
  HEARTBEATS,
  OVERLOAD,
  PROVISIONAL,
  STREAMS,
  TELEMETRY,
} from './document-prose.ts';
import { DOWN } from './down.ts';
import { ERRORS } from './errors.ts';
import { EXAMPLES, type ExampleFrame } from './examples.ts';
import { LIMITS } from './limits.ts';
import { noticeEvents } from './notices.ts';
import { recordEvents } from './records.ts';
import { schemaOf } from './shape.ts';
import { views } from './streams.ts';
import { alarmKind, fix, sample, vitalValues } from './telemetry.ts';
import { UP } from './up.ts';
import { WIRE_VERSION } from './version.ts';

type Schema = z.core.JSONSchema.JSONSchema;
type Schemas = Readonly<Record<string, z.ZodType>>;

/** The reference of the wire as Markdown, made from the schemas that check it. */
export function protocolDocument(): string {
  return `${[
    `# The wire, version ${WIRE_VERSION}`,
    'Made by `npm run docs` from the schemas in `src/protocol`, which check every frame. Do not edit.',
    CONNECTING,
    devicesSection(),
    FRAMES,
    section('## From the client', UP),
    section('## From the server', DOWN),
    section('### Events of `sos:<id>`, by `type`: what `data` holds', sosEvents, '####'),
    section('### Events of `inbox:<user id>`', { ...inboxEvents, ...noticeEvents }, '####'),
    section('### Events of `chat:<id>`', chatEvents, '####'),
    section('### Events of `record:<person id>`', recordEvents, '####'),
    section('### Snapshots, by stream: what `view` holds', views, '####'),
    fixSection(),
    sampleSection(),
    alarmSection(),
    TELEMETRY,
    STREAMS,
    HEARTBEATS,
    PROVISIONAL,
    OVERLOAD,
    DEGRADED,
    limitsSection(),
    errorsSection(),
    closeCodesSection(),
    examplesSection(),
  ].join('\n\n')}\n`;
}

function devicesSection(): string {
  const kinds = (may: boolean) =>
    Object.entries(DEVICE_MAY)
      .filter(([, allowed]) => allowed === may)
      .map(([kind]) => `\`${kind}\``)
      .join(', ');
  const table = [
    '| | kinds |',
    '| --- | --- |',
    `| may be sent | ${kinds(true)} |`,
    `| \`forbidden\` | ${kinds(false)} |`,
  ];
  return [DEVICES, table.join('\n')].join('\n\n');
}

function section(title: string, schemas: Schemas, level = '###'): string {
  return [
    title,
    ...Object.entries(schemas).flatMap(([name, schema]) => {
      const shown = shownSchema(name, schemaOf(schema));
      return [`${level} \`${name}\``, ...(shown.description ? [shown.description] : []), fieldTable(shown)];
    }),
  ].join('\n\n');
}

/** What differs by type of event or stream has sections of its own; here its place in the frame is shown. */
function shownSchema(kind: string, schema: Schema): Schema {
  const elsewhere = ELSEWHERE[kind];
  if (!elsewhere) return schema;
  const [first] = schema.oneOf ?? [schema];
  const envelope = typeof first === 'object' ? first : schema;
  const description = schema.description ?? '';
  return { ...envelope, description, properties: { ...envelope.properties, ...elsewhere } };
}

const ELSEWHERE: Readonly<Record<string, Readonly<Record<string, Schema>>>> = {
  event: {
    type: { type: 'string', description: 'what happened; it decides what `data` holds' },
    data: { type: 'object', description: 'see the events below' },
  },
  snapshot: { view: { type: 'object', description: 'the state, by the kind of stream, see below' } },
};

function fixSection(): string {
  return [
    '### A fix: one row of `pos`',
    'What is not known is null, or left out at the end. A row that breaks a rule is refused alone, as `invalid`; one that is no list, or longer than this, refuses the frame.',
    rowTable(fix),
  ].join('\n\n');
}

function sampleSection(): string {
  return [
    '### A sample: one row of `vit`',
    'What was not measured is left out, or null. A row that breaks a rule, or measures nothing, is refused alone, as `invalid`. A value that no person can have breaks no rule: it is kept, flagged, and judged by nobody.',
    rowTable(sample),
    fieldTable(schemaOf(vitalValues)),
  ].join('\n\n');
}

function alarmSection(): string {
  return [
    '### An alarm: one row of `alarm`',
    'A row that breaks a rule is refused alone, as `invalid`. Where it is not known, `lat` and `lng` are null.',
    table(
      ['place', 'type', 'required', 'rule', 'meaning'],
      [
        ['0', 'integer', 'yes', '', "when it was raised, by the device's clock"],
        ['1', 'text', 'yes', ruleOf(schemaOf(alarmKind)), 'what happened'],
        ['2', 'number', 'no', '-90 to 90', 'latitude'],
        ['3', 'number', 'no', '-180 to 180', 'longitude'],
      ],
    ),
  ].join('\n\n');
}

function rowTable(row: z.ZodType): string {
  const { prefixItems: places = [], minItems: least = 0 } = schemaOf(row);
  const rows = places.flatMap((place, i) =>
    typeof place === 'boolean'
      ? []
      : [[String(i), typeOf(place), i < least ? 'yes' : 'no', ruleOf(place), place.description ?? '']],
  );
  return table(['place', 'type', 'required', 'rule', 'meaning'], rows);
}

const LIMIT_MEANINGS: Readonly<Record<keyof typeof LIMITS, string>> = {
  frameBytes: 'of a frame once signed in; a larger one closes the socket with 1009',
  firstFrameBytes: 'of a frame before that',
  fixesPerFrame: 'in one `pos`',
  samplesPerFrame: 'in one `vit`',
  alarmsPerFrame: 'in one `alarm`',
  subscriptionsPerSocket: 'streams at the same time',
  chatChars: 'of a chat message',
  descriptionChars: 'of the description of an SOS',
  firstFrameMs: 'for `hello` to arrive',
  heartbeatMs: 'each side says something at least this often',
  silenceMs: 'after so much silence the other side counts as gone',
};

function limitsSection(): string {
  return [
    '## Limits',
    'As they are by default; `welcome.limits` says how this node has set them. Each socket may also send only so many frames a second: what is beyond is refused with `rate_limited` and a `retryAfterMs`, telemetry with `hold` as well. `sos.create` has no such limit: it is refused with `rate_limited` only to somebody who has five open SOS.',
    table(
      ['limit', 'value', 'meaning'],
      Object.entries(LIMITS).map(([name, value]) => [
        `\`${name}\``,
        String(value),
        LIMIT_MEANINGS[name as keyof typeof LIMITS],
      ]),
    ),
  ].join('\n\n');
}

function errorsSection(): string {
  return [
    '## Errors',
    'The same over the socket (`error`) and over HTTP. *Retryable*: sending the same again, unchanged, can succeed.',
    table(
      ['code', 'number', 'HTTP', 'retryable', 'text', 'what to do'],
      Object.entries(ERRORS).map(([code, { number, http, retryable, text, advice }]) => [
        `\`${code}\``,
        String(number),
        String(http),
        retryable ? 'yes' : 'no',
        text,
        advice,
      ]),
    ),
  ].join('\n\n');
}

const COME_BACK: Readonly<Record<(typeof CLOSE_CODES)[CloseName]['comeBack'], string>> = {
  never: 'no, not by itself',
  with_fresh_token: 'with a fresh token',
  after_backoff: 'after a wait: what `bye` said, else a random one that grows',
  at_once: 'at once',
};

function closeCodesSection(): string {
  return [
    '## Close codes',
    'Before it closes a socket the server says `bye` with the code, where it can. A code that is not listed, and 1006 (the connection broke), are to be treated like 1012. Waits are random below a bound that grows from half a second to 30 seconds, so that clients that were dropped together do not return together; while an SOS hangs on it the bound is 2 seconds.',
    table(
      ['code', 'name', 'why', 'come back?'],
      Object.entries(CLOSE_CODES).map(([name, { code, text, comeBack }]) => [
        String(code),
        `\`${name}\``,
        text,
        COME_BACK[comeBack],
      ]),
    ),
  ].join('\n\n');
}

function examplesSection(): string {
  return [
    '## An example session',
    'A volunteer from `hello` to `bye`. → is sent by the client, ← by the server. Each frame is checked by a test.',
    ...EXAMPLES.flatMap(({ title, frames }) => [`### ${title}`, ...frames.map(exampleText)]),
  ].join('\n\n');
}

function exampleText({ from, frame, note }: ExampleFrame): string {
  return [`${from === 'client' ? '→' : '←'} ${note}`, '', '```json', frameText(frame), '```'].join('\n');
}

function frameText([kind, body]: ExampleFrame['frame']): string {
  const text = JSON.stringify([kind, body]);
  return text.length <= 110 ? text : `["${kind}", ${JSON.stringify(body, null, 2)}]`;
}
