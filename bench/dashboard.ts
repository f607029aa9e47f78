import { cpus, loadavg } from 'node:os';
import {
  LONG_MS,
  type MapFigures,
  measureMap,
  type TaskFigures,
} from '../src/testing/dashboard/measure-map.ts';
import type { BenchReport } from './bench.ts';
import { onPostgres } from './on-postgres.ts';

const ORDER = { responders: 10_000, fixEveryMs: 5_000, sos: 30, runMs: 30_000 } as const;

export const run = () => onPostgres(async (url, db) => reportOf(await measureMap(url, db, ORDER)));

function reportOf(figures: MapFigures): BenchReport {
  const { shown, rowsPerS, framesPerS, start, live, faults } = figures;
  const passed = shown >= ORDER.responders && live.longestCpuMs < LONG_MS && faults.length === 0;
  const tasks = ({ tasks, longestCpuMs, longestWallMs, longOnClock }: TaskFigures) =>
    `${tasks} tasks; the longest worked for ${longestCpuMs} ms; on the clock ${longestWallMs} ms, ${longOnClock} of ${LONG_MS} ms or more`;
  return {
    passed,
    lines: [
      `the dispatchers' map in Chromium without a graphics card: ${ORDER.responders} responders who move, a fix each every`,
      `${ORDER.fixEveryMs / 1_000} s, ${ORDER.sos} SOS, coverage on, ${ORDER.runMs / 1_000} s; a real node on PostgreSQL and everybody's sockets beside it`,
      '',
      `on the map   ${shown} responders; about ${rowsPerS} rows/s received, ${framesPerS} frames/s drawn`,
      `starting     ${tasks(start)}`,
      `live         ${tasks(live)}`,
      `load         ${loadavg()[0]?.toFixed(1)} on ${cpus().length} processors: whatever the clock says beyond work is waiting for one`,
      ...faults,
      '',
      passed
        ? `No task of the live page worked for ${LONG_MS} ms.`
        : `NOT met: no task of the live page works for ${LONG_MS} ms.`,
    ],
    row: { bench: 'dashboard', passed, ...ORDER, ...figures },
  };
}
