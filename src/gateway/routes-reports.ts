import type { TemplatedApp } from 'uWebSockets.js';
import type { z } from 'zod';
import { csvLine } from '../lib/csv.ts';
import { figuresAsked, type phaseRow, phasesAsked } from '../protocol/http/sos.ts';
import { addRoute, json, parsed, type Reply, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { signedIn } from './signed-in.ts';

/** What many SOS add up to. Drills are in none of it. */
export function addReportRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { accounts, sos } = parts.services;

  addRoute(
    app,
    parts,
    'get',
    '/v1/reports/phases',
    signedIn(parts, async (_by, { query }) => {
      const asked = parsed(phasesAsked, Object.fromEntries(query));
      if (!asked.ok) return asked.reply;
      const { format, ...days } = asked.value;
      const phases = await sos.histories.phases(days);
      return format === 'csv'
        ? phasesCsv(phases, `phases-${days.from}-${days.to}.csv`)
        : json(200, { ...days, phases });
    }),
  );

  addRoute(
    app,
    parts,
    'get',
    '/v1/reports/volunteers',
    signedIn(parts, async (by, { query }) => {
      const asked = parsed(figuresAsked, Object.fromEntries(query));
      if (!asked.ok) return asked.reply;
      const listed = await accounts.listVolunteers(by, { verified: true, ...asked.value });
      if (!listed.ok) return refusal(listed.code, listed.detail);
      const names = new Map(listed.value.map(({ userId, name }) => [userId, name]));
      const figures = await sos.histories.figuresOf([...names.keys()]);
      const volunteers = figures.map((one) => ({ ...one, name: names.get(one.userId) ?? null }));
      const isFull = listed.value.length === asked.value.limit;
      return json(200, { volunteers, next: isFull ? (listed.value.at(-1)?.userId ?? null) : null });
    }),
  );

  addRoute(
    app,
    parts,
    'get',
    '/v1/me/statistics',
    signedIn(parts, async (by) => {
      const [figures] = await sos.histories.figuresOf([by.userId]);
      return figures ? json(200, figures) : refusal('not_found');
    }),
  );
}

const COLUMNS = [
  'emergencyType',
  'priority',
  'phase',
  'raised',
  'reached',
  'p50Ms',
  'p90Ms',
  'stepP50Ms',
  'stepP90Ms',
] as const satisfies readonly (keyof z.infer<typeof phaseRow>)[];

function phasesCsv(rows: readonly z.infer<typeof phaseRow>[], name: string): Reply {
  return {
    status: 200,
    type: 'text/csv; charset=utf-8',
    body: csvLine(COLUMNS) + rows.map((row) => csvLine(COLUMNS.map((column) => row[column]))).join(''),
    headers: { 'content-disposition': `attachment; filename="${name}"` },
  };
}
