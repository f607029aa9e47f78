import { parseArgs } from 'node:util';
import { GROWTH_MAX, isFlat, soakDashboard } from './dashboard-soak.ts';

/** `npm run verify -- dashboard-soak`: resolves with the exit code. */
export async function verifyDashboardSoak(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '30' },
      responders: { type: 'string', default: '300' },
      json: { type: 'boolean', default: false },
    },
  });
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  const minutes = Number(values.minutes);
  const result = await soakDashboard({
    minutes,
    responders: Number(values.responders),
    callEveryMs: 5_000,
    sampleEveryMs: Math.max(2_000, minutes * 1_000),
    tell: say,
  });
  const { growth, calls, faults } = result;
  const passed = isFlat(result);
  for (const fault of faults) say(fault);
  say(
    `${calls} calls for help in ${minutes} minutes; from the second third of the time to the last the page's heap grew by ` +
      `${growth.pageHeapMb.toFixed(1)} MB (at most ${GROWTH_MAX.pageHeapMb}), its elements by ${growth.domNodes} (${GROWTH_MAX.domNodes}), ` +
      `the node by ${growth.nodeRssMb.toFixed(0)} MB (${GROWTH_MAX.nodeRssMb})`,
  );
  say(passed ? 'Memory is flat.' : 'NOT met: memory is flat.');
  if (values.json) say(JSON.stringify({ proof: 'dashboard-soak', passed, ...result }));
  return passed ? 0 : 1;
}
