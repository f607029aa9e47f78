import { distanceM, type LatLng } from '../../geo/lat-lng.ts';

/** Where somebody was at an instant, by the server's clock. */
export interface TripFix extends LatLng {
  readonly atMs: number;
  /** Null: not known. */
  readonly accuracyM: number | null;
}

export const TRIP_RULES = {
  /** Whoever stays within this of one place has stopped: twice what a phone wanders that lies still indoors. */
  stopRadiusM: 75,
  /** … for so long: longer than a red light, shorter than a visit. */
  stopMinMs: 300_000,
  /** Nothing heard for so long, and then from elsewhere: what happened in between is not known, so a trip ends. */
  gapMs: 900_000,
  /** Less exact than this a fix says nothing about whether somebody moves. */
  accuracyMaxM: 150,
  /** A step shorter than this, or than the fix is exact, is the receiver and not the person. */
  stepMinM: 10,
} as const;

export interface Trip {
  readonly kind: 'trip';
  readonly startAtMs: number;
  readonly endAtMs: number;
  readonly from: LatLng;
  readonly to: LatLng;
  /** Along the track, from fix to fix on the sphere, without the wandering of the receiver. */
  readonly distanceM: number;
  /** gap: nothing was heard for too long; end: it goes on after what was asked for. */
  readonly endedBy: 'stop' | 'gap' | 'end';
}

export interface Stop {
  readonly kind: 'stop';
  readonly startAtMs: number;
  readonly endAtMs: number;
  /** The mean of its fixes. */
  readonly center: LatLng;
  readonly fixes: number;
}

/** Fixes that may turn out to be a stop. */
interface Cluster {
  readonly first: TripFix;
  last: TripFix;
  center: LatLng;
  fixes: number;
  /** The way through it, in case that it turns out to be a part of a trip. */
  readonly way: Way;
}

/** A way in steps that are longer than what the receiver wanders. */
interface Way {
  readonly from: TripFix;
  at: TripFix;
  distanceM: number;
  /** How far it leads from where it began. */
  reachM: number;
}

/**
 * Cuts a track into trips and stops as its fixes come in, in order of time; nothing older than the last stop is held.
 *
 * A stop is time spent within `stopRadiusM` of the mean of its fixes, for `stopMinMs` or more; one fix that lies elsewhere
 * between two that do not is the receiver's. A pause of more than `gapMs` with the same place before and after it belongs to
 * the stop there: phones that lie still fall silent. Otherwise it ends the trip. Two stops at one place with no more
 * than wandering between them are one. (Stay points after Li, Zheng, Xie, Chen, Liu, Ma: "Mining User Similarity Based on
 * Location History", GIS 2008, with a running mean in place of the first fix.)
 */
export class TripFinder {
  readonly #found: (Trip | Stop)[] = [];
  #cluster: Cluster | null = null;
  #outside: TripFix | null = null;
  #trip: Way | null = null;
  #lastStop: Stop | null = null;

  take(fix: TripFix): void {
    if ((fix.accuracyM ?? 0) > TRIP_RULES.accuracyMaxM) return;
    const cluster = this.#cluster;
    if (!cluster) {
      this.#cluster = clusterAt(fix);
      return;
    }
    const isNear = distanceM(cluster.center, fix) <= TRIP_RULES.stopRadiusM;
    const heardAtMs = (this.#outside ?? cluster.last).atMs;
    if (fix.atMs - heardAtMs > TRIP_RULES.gapMs && !isNear) this.#breakOff(fix);
    else if (isNear) this.#stay(cluster, fix);
    else if (this.#outside) this.#leave(cluster, this.#outside, fix);
    else this.#outside = fix;
  }

  /** What was found since the last call and can't change any more. */
  drain(): (Trip | Stop)[] {
    return this.#found.splice(0);
  }

  /** The rest, once there are no more fixes. */
  end(): (Trip | Stop)[] {
    this.#close('end');
    this.#say(null);
    return this.drain();
  }

  #stay(cluster: Cluster, fix: TripFix): void {
    this.#outside = null;
    const { center, fixes } = cluster;
    cluster.last = fix;
    cluster.fixes = fixes + 1;
    cluster.center = {
      lat: center.lat + (fix.lat - center.lat) / cluster.fixes,
      lng: normalLng(center.lng + normalLng(fix.lng - center.lng) / cluster.fixes),
    };
    step(cluster.way, fix);
  }

  /** Two fixes in a row lie elsewhere. */
  #leave(cluster: Cluster, first: TripFix, second: TripFix): void {
    if (isStop(cluster)) {
      this.#stop(cluster);
      this.#trip = wayFrom({ ...cluster.last, ...cluster.center });
    } else {
      this.#trip = joined(this.#trip, cluster.way);
    }
    this.#cluster = clusterAt(first);
    this.#outside = null;
    this.take(second);
  }

  /** Silence, and then somewhere else. */
  #breakOff(fix: TripFix): void {
    this.#close('gap');
    this.#cluster = clusterAt(fix);
  }

  #close(endedBy: 'gap' | 'end'): void {
    const cluster = this.#cluster;
    if (cluster && isStop(cluster)) this.#stop(cluster);
    else if (cluster) {
      const way = joined(this.#trip, cluster.way);
      finish(way, cluster.last);
      if (this.#outside) finish(way, this.#outside);
      // Whoever was near one place the whole time, and not for long, neither stopped nor went anywhere.
      if (way.reachM > TRIP_RULES.stopRadiusM) this.#say(tripOf(way, endedBy));
    }
    this.#cluster = null;
    this.#outside = null;
    this.#trip = null;
  }

  #stop(cluster: Cluster): void {
    const stop = stopOf(cluster);
    const way = this.#trip;
    this.#trip = null;
    if (way) {
      finish(way, { ...cluster.first, ...cluster.center });
      if (this.#lastStop && isWandering(this.#lastStop, way, stop)) {
        this.#lastStop = merged(this.#lastStop, stop);
        return;
      }
    }
    this.#say(way ? tripOf(way, 'stop') : null);
    this.#lastStop = stop;
  }

  /** The stop that was held back comes first: it can't grow any more. */
  #say(trip: Trip | null): void {
    if (this.#lastStop) this.#found.push(this.#lastStop);
    this.#lastStop = null;
    if (trip) this.#found.push(trip);
  }
}

/** All trips and stops of a track in order of time. */
export function tripsOf(track: Iterable<TripFix>): (Trip | Stop)[] {
  const finder = new TripFinder();
  for (const fix of track) finder.take(fix);
  return finder.end();
}

const clusterAt = (fix: TripFix): Cluster => ({
  first: fix,
  last: fix,
  center: { lat: fix.lat, lng: fix.lng },
  fixes: 1,
  way: wayFrom(fix),
});

const wayFrom = (from: TripFix): Way => ({ from, at: from, distanceM: 0, reachM: 0 });

const isStop = ({ first, last }: Cluster) => last.atMs - first.atMs >= TRIP_RULES.stopMinMs;

function step(way: Way, to: TripFix, isLast = false): void {
  const stepM = distanceM(way.at, to);
  if (!isLast && stepM < Math.max(TRIP_RULES.stepMinM, to.accuracyM ?? 0)) return;
  way.distanceM += stepM;
  way.at = to;
  way.reachM = Math.max(way.reachM, distanceM(way.from, to));
}

/** Its last step, however short. */
const finish = (way: Way, to: TripFix) => step(way, to, true);

function joined(trip: Way | null, way: Way): Way {
  if (!trip) return way;
  step(trip, way.from, true);
  const beyondM = way.reachM;
  trip.distanceM += way.distanceM;
  trip.at = way.at;
  trip.reachM = Math.max(trip.reachM, distanceM(trip.from, way.from) + beyondM, distanceM(trip.from, way.at));
  return trip;
}

const place = ({ lat, lng }: LatLng): LatLng => ({ lat, lng });

function tripOf({ from, at, distanceM: meters }: Way, endedBy: Trip['endedBy']): Trip {
  return {
    kind: 'trip',
    startAtMs: from.atMs,
    endAtMs: at.atMs,
    from: place(from),
    to: place(at),
    distanceM: meters,
    endedBy,
  };
}

const stopOf = ({ first, last, center, fixes }: Cluster): Stop => ({
  kind: 'stop',
  startAtMs: first.atMs,
  endAtMs: last.atMs,
  center,
  fixes,
});

function isWandering(before: Stop, way: Way, after: Stop): boolean {
  const { stopRadiusM } = TRIP_RULES;
  return distanceM(before.center, after.center) <= stopRadiusM && way.reachM <= 2 * stopRadiusM;
}

function merged(before: Stop, after: Stop): Stop {
  const fixes = before.fixes + after.fixes;
  const part = after.fixes / fixes;
  return {
    ...before,
    endAtMs: after.endAtMs,
    center: {
      lat: before.center.lat + (after.center.lat - before.center.lat) * part,
      lng: normalLng(before.center.lng + normalLng(after.center.lng - before.center.lng) * part),
    },
    fixes,
  };
}

/** From −180 up to 180: the short way round. */
const normalLng = (lng: number): number => ((((lng + 180) % 360) + 360) % 360) - 180;
