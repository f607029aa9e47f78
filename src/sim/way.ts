import { distanceM, type LatLng } from '../geo/lat-lng.ts';

/** A phone on the way says where it is this often. */
const FIX_EVERY_MS = 30_000;
/** The first fix under way: past the fence by which setting off is recognised. */
const SET_OFF_M = 25;

/** Positions on the straight way, with their times: setting off, every 30 s, and the place itself. */
export function wayPoints(
  from: LatLng,
  to: LatLng,
  { startAfterMs, arriveAfterMs }: { readonly startAfterMs: number; readonly arriveAfterMs: number },
): { readonly point: LatLng; readonly afterMs: number }[] {
  const lengthM = distanceM(from, to);
  const tookMs = arriveAfterMs - startAfterMs;
  const shares = lengthM > SET_OFF_M ? [SET_OFF_M / lengthM] : [];
  for (let ms = FIX_EVERY_MS; ms < tookMs; ms += FIX_EVERY_MS) {
    if (ms / tookMs > (shares[0] ?? 0)) shares.push(ms / tookMs);
  }
  const way = shares.map((share) => ({
    point: {
      lat: from.lat + (to.lat - from.lat) * share,
      lng: shortWay(from.lng + shortWay(to.lng - from.lng) * share),
    },
    afterMs: startAfterMs + tookMs * share,
  }));
  return [...way, { point: to, afterMs: arriveAfterMs }];
}

/** Degrees brought into [-180, 180): of a longitude, or of a difference of two the short way round. */
const shortWay = (degrees: number) => ((degrees + 540) % 360) - 180;
