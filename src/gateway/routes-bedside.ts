import type { TemplatedApp } from 'uWebSockets.js';
import type { Result } from '../lib/result.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import { scoresAsked, thresholdsChange, vitalsEntry } from '../protocol/http/bedside.ts';
import { type Asked, addRoute, json, type Method, noContent, parsed, type Reply, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { personId } from './people-fields.ts';
import type { Principal, Shown } from './services.ts';
import { signedIn } from './signed-in.ts';

type Answered<T> = Result<Shown<T>, ErrorCode>;

/** What those at somebody's side read, set and write down of their vital signs. */
export function addBedsideRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { bedside } = parts.services;
  const add = (
    method: Method,
    what: string,
    handler: (by: Principal, id: string, asked: Asked) => Promise<Reply>,
  ) =>
    addRoute(
      app,
      parts,
      method,
      `/v1/people/:id/${what}`,
      signedIn(parts, (by, asked) => handler(by, personId(asked.places), asked)),
    );

  add('get', 'thresholds', async (by, id) => shown(await bedside.thresholds(by, id), (value) => value));
  add('put', 'thresholds', async (by, id, { body }) => {
    const change = parsed(thresholdsChange, body);
    if (!change.ok) return change.reply;
    const { version, settings } = change.value;
    return shown(await bedside.setThresholds(by, id, version, settings), (value) => value);
  });

  add('get', 'news2', async (by, id) => shown(await bedside.news2(by, id), (value) => value));
  add('get', 'news2/history', async (by, id, { query }) => {
    const asked = parsed(scoresAsked, Object.fromEntries(query));
    if (!asked.ok) return asked.reply;
    const { before = null, limit } = asked.value;
    return shown(await bedside.scores(by, id, before, limit), (scores) => ({ scores }));
  });

  add('get', 'vitals/latest', async (by, id) =>
    shown(await bedside.latest(by, id), ({ current, atMs }) => ({
      atMs,
      values: Object.fromEntries(
        Object.entries(current).map(([name, known]) => [
          name,
          { ...known, ageMs: Math.max(0, atMs - known.atMs) },
        ]),
      ),
    })),
  );
  add('post', 'vitals', async (by, id, { body }) => {
    const entry = parsed(vitalsEntry, body);
    if (!entry.ok) return entry.reply;
    const { id: clientId, recordedAtMs, notes, ...values } = entry.value;
    const vitals = Object.fromEntries(
      Object.entries(values).filter(([, value]) => value !== null && value !== undefined),
    );
    return shown(
      await bedside.record(by, id, { id: clientId, recordedAtMs, notes, vitals }),
      (value) => value,
      201,
    );
  });
  add('del', 'vitals/:record', async (by, id, { places }) => {
    const done = await bedside.retract(by, id, personId(places.slice(1)));
    return done.ok ? { ...noContent, subjectUserId: done.value.subjectUserId } : refusal(done.code);
  });
}

function shown<T>(found: Answered<T>, view: (value: T) => object, status = 200): Reply {
  if (!found.ok) return refusal(found.code, found.detail);
  const { personId: person, subjectUserId, value } = found.value;
  return { ...json(status, { personId: person, ...view(value) }), subjectUserId };
}
