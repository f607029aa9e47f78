import type { TemplatedApp } from 'uWebSockets.js';
import type { z } from 'zod';
import { errorBody } from '../protocol/errors.ts';
import {
  acknowledgeBody,
  alertSettingsBody,
  alertsAsked,
  assignBody,
  cancelSosBody,
  resolveBody,
} from '../protocol/http/alerts.ts';
import { type Asked, addRoute, json, type Method, parsed, type Reply, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { personId } from './people-fields.ts';
import type { AlertCommand, AlertService, Principal } from './services.ts';
import { signedIn } from './signed-in.ts';

const IS_OPEN = { open: true, closed: false, all: null } as const;

/** Alerts about people, for themselves, for those who care for them, and for dispatchers who were told. */
export function addAlertRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { alerts } = parts.services;
  const add = (method: Method, pattern: string, handler: Parameters<typeof signedIn>[1]) =>
    addRoute(app, parts, method, pattern, signedIn(parts, handler));
  /** A command whose alert stands in the path. */
  const command = <S extends z.ZodType<{ id: string }>>(
    pattern: string,
    kind: AlertCommand[0],
    schema: S,
  ): void =>
    add('post', pattern, async (by, { places, body }) => {
      const asked = parsed(schema, body);
      if (!asked.ok) return asked.reply;
      const alertId = personId(places);
      if (alertId === '') return refusal('not_found');
      return carriedOut(alerts, by, [kind, { ...asked.value, alertId }] as unknown as AlertCommand);
    });

  add('get', '/v1/alerts', (by, asked) => listed(alerts, by, asked));
  add('get', '/v1/alerts/:id', async (by, { places }) => {
    const alertId = personId(places);
    const shown = alertId === '' ? null : await alerts.get(by, alertId);
    if (!shown?.ok) return refusal('not_found');
    return { ...json(200, shown.value), subjectUserId: shown.value.alert.personId };
  });
  command('/v1/alerts/:id/acknowledge', 'alert.acknowledge', acknowledgeBody);
  command('/v1/alerts/:id/assign', 'alert.assign', assignBody);
  command('/v1/alerts/:id/resolve', 'alert.resolve', resolveBody);
  command('/v1/alerts/:id/cancel-sos', 'alert.cancel_sos', cancelSosBody);

  add('get', '/v1/people/:id/alert-settings', async (by, { places }) => {
    const person = personId(places);
    const setting = person === '' ? null : await alerts.setting(by, person);
    return setting?.ok ? { ...json(200, setting.value), subjectUserId: person } : refusal('not_found');
  });
  add('put', '/v1/people/:id/alert-settings', async (by, { places, body }) => {
    const asked = parsed(alertSettingsBody, body);
    if (!asked.ok) return asked.reply;
    const person = personId(places);
    const set = person === '' ? null : await alerts.setSetting(by, person, asked.value.opensSos);
    if (set?.ok) return { ...json(200, set.value), subjectUserId: person };
    return refusal(set?.code ?? 'not_found');
  });
}

async function listed(alerts: AlertService, by: Principal, { query }: Asked): Promise<Reply> {
  const asked = parsed(alertsAsked, Object.fromEntries(query));
  if (!asked.ok) return asked.reply;
  const { person = null, state, severity = null, before = null, limit } = asked.value;
  const page = await alerts.list(by, {
    personId: person,
    isOpen: IS_OPEN[state],
    severities: severity,
    before,
    limit,
  });
  if (!page.ok) return refusal(page.code);
  const people = new Set(page.value.alerts.map(({ personId: id }) => id));
  people.delete(by.userId);
  return { ...json(200, page.value), subjects: [...people].map((userId) => ({ userId, resourceId: null })) };
}

/** Refused, with how the alert stands now for those who may know. */
async function carriedOut(alerts: AlertService, by: Principal, command: AlertCommand): Promise<Reply> {
  const carried = await alerts.execute(by, command);
  if (carried.ok) return { ...json(200, carried.value), subjectUserId: carried.value.alert.personId };
  const { code, detail, current } = carried;
  const reply = refusal(code, detail);
  if (!current) return reply;
  const body = JSON.stringify(
    errorBody(code, { ...(detail === undefined ? {} : { detail }), alert: current }),
  );
  return { ...reply, body, subjectUserId: current.personId };
}
