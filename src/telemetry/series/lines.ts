import type { LatLng } from '../../geo/lat-lng.ts';
import { TRIP_RULES } from './trips.ts';

/** A point of a line: degrees, metres, the server's clock. */
export interface LinePoint extends LatLng {
  readonly atMs: number;
  readonly altitudeM: number | null;
}

/** Points of one line at most, so that a track of any length is written in bounded memory. */
const LINE_POINTS = 1_000;

/**
 * Cuts a track into lines as it comes in: where nothing was heard for too long, and where it crosses the antimeridian,
 * which a line of GeoJSON may not (RFC 7946, section 3.1.9): it ends and begins on it. A long line goes on in
 * another that begins with its last point.
 */
export class LineCutter {
  #line: LinePoint[] = [];
  /** The first point of the line is also the last of the one before. */
  #goesOn = false;

  /** The lines that end with this point, oldest first. */
  take(point: LinePoint): LinePoint[][] {
    const last = this.#line.at(-1);
    if (!last) {
      this.#line.push(point);
      return [];
    }
    if (point.atMs - last.atMs > TRIP_RULES.gapMs) return this.#restart([point], false);
    if (Math.abs(point.lng - last.lng) > 180) {
      const [end, begin] = atAntimeridian(last, point);
      this.#line.push(end);
      return this.#restart([begin, point], true);
    }
    this.#line.push(point);
    return this.#line.length < LINE_POINTS ? [] : this.#restart([point], true);
  }

  /** The line that is left. */
  end(): LinePoint[][] {
    return this.#restart([], false);
  }

  #restart(line: LinePoint[], goesOn: boolean): LinePoint[][] {
    const done = this.#line;
    const isRest = this.#goesOn && done.length === 1;
    this.#line = line;
    this.#goesOn = goesOn;
    return done.length === 0 || isRest ? [] : [done];
  }
}

/** Where a short way crosses 180°, once from each side. */
function atAntimeridian(from: LinePoint, to: LinePoint): [LinePoint, LinePoint] {
  const side = from.lng > 0 ? 180 : -180;
  const toLng = to.lng + 2 * side;
  const part = toLng === from.lng ? 0 : (side - from.lng) / (toLng - from.lng);
  const between = (a: number, b: number) => a + (b - a) * part;
  const crossing = {
    lat: between(from.lat, to.lat),
    atMs: Math.round(between(from.atMs, to.atMs)),
    altitudeM:
      from.altitudeM === null || to.altitudeM === null ? null : between(from.altitudeM, to.altitudeM),
  };
  return [
    { ...crossing, lng: side },
    { ...crossing, lng: -side },
  ];
}
