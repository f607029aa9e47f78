import { endOnSignal } from './end-on-signal.ts';

/** `npm run verify -- NAME [options]`: proofs that take too long, or break too much, for the test suite. */
interface Proof {
  readonly usage: string;
  readonly promise: string;
  /** Answers with the exit code: 0 when the promise held. */
  readonly run: (args: string[]) => Promise<number>;
}

const PROOFS: Readonly<Record<string, Proof>> = {
  'accept-race': {
    usage:
      'accept-race [--sos 2000] [--contenders 50] [--nodes 3] [--at-once 2] [--redis single|cluster|none] [--json]',
    promise:
      'everybody asked accepts at once, spread over nodes: one has each place, nobody is left without the truth',
    run: async (args) => (await import('./accept-race.ts')).verifyAcceptRace(args),
  },
  'power-cut': {
    usage: 'power-cut [--times 6] [--mode both|embedded|server] [--seed N] [--json]',
    promise:
      'nothing acknowledged is lost when the power is cut, of an embedded engine or of PostgreSQL under three nodes, which start by themselves (Linux, root, FUSE)',
    run: async (args) => (await import('./power-cut.ts')).verifyPowerCut(args),
  },
  'power-cut-store': {
    usage: 'power-cut-store [--rounds 6] [--seed N] [--json]',
    promise: 'the same of its database alone, with denser writes',
    run: async (args) => (await import('./power-cut-store.ts')).verifyPowerCutStore(args),
  },
  'telemetry-backlog': {
    usage: 'telemetry-backlog [--samples 86400] [--cuts 50] [--json]',
    promise:
      'a device back after a day over a slow link that is cut fifty times: all stored once and in order, on the map at once',
    run: async (args) => (await import('./telemetry-backlog.ts')).verifyTelemetryBacklog(args),
  },
  'telemetry-outage': {
    usage: 'telemetry-outage [--seconds 60] [--devices 200] [--json]',
    promise:
      'PostgreSQL stopped under load: memory bounded, nothing acknowledged lost, what was not acknowledged arrives after',
    run: async (args) => (await import('./telemetry-outage.ts')).verifyTelemetryOutage(args),
  },
  'dashboard-soak': {
    usage: 'dashboard-soak [--minutes 30] [--responders 300] [--json]',
    promise:
      'half an hour of a simulated city before the dispatchers’ page: memory of page and node stays flat',
    run: async (args) => (await import('./dashboard/verify-soak.ts')).verifyDashboardSoak(args),
  },
  'reconnect-storm': {
    usage: 'reconnect-storm [--sockets 10000] [--seed N] [--json]',
    promise:
      'a node with all sockets is killed: everybody is back on the other within a minute, unasked of the database, and SOS go on',
    run: async (args) => (await import('./storm/reconnect-storm.ts')).verifyReconnectStorm(args),
  },
  'rolling-restart': {
    usage: 'rolling-restart [--processes 3] [--responders 60] [--seed N] [--json]',
    promise:
      'the nodes of a host are restarted one after another under load: nothing acknowledged is lost, clients are only ever told to come back',
    run: async (args) => (await import('./storm/rolling-restart.ts')).verifyRollingRestart(args),
  },
  'slow-clients': {
    usage: 'slow-clients [--clients 500] [--rounds 3] [--seed N] [--json]',
    promise:
      'clients that never read: memory bounded, the others as quick as without them, closed in time, nothing lost on resume',
    run: async (args) => (await import('./slow-clients.ts')).verifySlowClients(args),
  },
  'position-flood': {
    usage: 'position-flood [--seconds 20] [--seed N] [--json]',
    promise:
      'four times the positions that a node holds, from sockets that obey nothing: an SOS does not wait',
    run: async (args) => (await import('./position-flood.ts')).verifyPositionFlood(args),
  },
  'offer-kill': {
    usage: 'offer-kill [--kills 200] [--seed N] [--json]',
    promise:
      'the node that holds an SOS is killed while somebody is asked: answered, or escalated within two seconds of its deadline',
    run: async (args) => (await import('./offer-kill.ts')).verifyOfferKill(args),
  },
  'due-timers': {
    usage: 'due-timers [--timers 10000] [--seed N] [--json]',
    promise:
      'ten thousand deadlines fall due at once on three nodes that are held for ten seconds in turn: none twice, none missed',
    run: async (args) => (await import('./due-timers.ts')).verifyDueTimers(args),
  },
  vanish: {
    usage: 'vanish [--json]',
    promise:
      'phones that are gone without a close: woken by push after two seconds, the next person asked after ten, found by both sides within thirty',
    run: async (args) => (await import('./vanish.ts')).verifyVanish(args),
  },
  'slow-disk': {
    usage: 'slow-disk [--sos 50] [--delay 700] [--json]',
    promise:
      'every sync of the disk takes 700 ms more: every acknowledgement of an SOS does, too (Linux, strace)',
    run: async (args) => (await import('./slow-disk.ts')).verifySlowDisk(args),
  },
  'planted-bugs': {
    usage: 'planted-bugs [--bug NAME] [--json]',
    promise: 'mistakes that cost others an emergency are planted one by one: of each one test notices',
    run: async (args) => (await import('./planted-bugs/planted-bugs.ts')).verifyPlantedBugs(args),
  },
  backfill: {
    usage: 'backfill [--rows 1000000] [--json]',
    promise:
      'a million events of calendars are filled in beside somebody who writes, killed once on the way: under 20 minutes and 500 MB, NOT NULL then, and taken back',
    run: async (args) => (await import('./backfill.ts')).verifyBackfill(args),
  },
  'sign-in-storm': {
    usage: 'sign-in-storm [--json]',
    promise: 'five hundred sign-ins at once leave the latency of commits and of disk syncs alone',
    run: async (args) => (await import('./sign-in-storm.ts')).verifySignInStorm(args),
  },
};

function help(): string {
  const lines = Object.values(PROOFS).map(({ usage, promise }) => `  ${usage}\n      ${promise}`);
  return `usage: npm run verify -- NAME [options]\n\n${lines.join('\n')}\n`;
}

async function main([name, ...args]: string[]): Promise<number> {
  const proof = name === undefined ? undefined : PROOFS[name];
  if (proof && !args.includes('--help')) return proof.run(args);
  const wanted = proof !== undefined || name === undefined || name === '--help' || name === 'help';
  (wanted ? process.stdout : process.stderr).write(
    wanted ? help() : `there is no proof "${name}"\n${help()}`,
  );
  return wanted ? 0 : 2;
}

endOnSignal();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
