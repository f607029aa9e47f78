import type { Chance } from './chance.ts';
import type { Cluster } from './cluster.ts';
import type { Weather } from './node-line.ts';
import type { MachineClock, Timeline } from './timeline.ts';

interface Site {
  readonly weather: Weather;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly cluster: Cluster;
  readonly storeClock: MachineClock;
}

/** One thing goes wrong: power, lines, answers, tails, the bus between nodes, or a clock. */
export function strike({ weather, timeline, chance, cluster, storeClock }: Site): void {
  const node = chance.of(cluster.up);
  const drawn = chance.random();
  if (drawn < 0.25) {
    if (node) cluster.crash(node);
  } else if (drawn < 0.3) {
    for (const one of cluster.up) cluster.crash(one);
  } else if (drawn < 0.5) {
    weather.count('storm');
    weather.isStormy = true;
    timeline.after(chance.between(1_000, 8_000), () => {
      weather.isStormy = false;
    });
  } else if (drawn < 0.6 && node) {
    weather.count('cut_off');
    node.line.cut();
    timeline.after(chance.between(500, 6_000), () => node.line.mend());
  } else if (drawn < 0.7) {
    weather.count('late_tails');
    weather.tailsLag = chance.hits(0.6);
  } else if (drawn < 0.8) {
    weather.count('bus_down');
    weather.busIsDown = chance.hits(0.6);
  } else if (drawn < 0.9 && node) {
    weather.count('clock_set');
    node.clock.setBy(chance.between(-5_000, 5_000));
  } else {
    weather.count('store_clock_set');
    storeClock.setBy(chance.between(-1_500, 1_500));
  }
}
