/** A point on the earth, WGS 84 degrees. Only this room knows which number comes first where. */
export interface LatLng {
  readonly lat: number;
  readonly lng: number;
}

/** Mean earth radius, metres (IUGG R1), the one h3-js uses too. */
export const EARTH_RADIUS_M = 6_371_007.180918475;

const RAD = Math.PI / 180;

/** h3-js takes latitude 91 and longitude 1e9 silently, so ranges are checked here and nowhere deeper. */
export function isLatLng(lat: unknown, lng: unknown): boolean {
  return (
    typeof lat === 'number' && typeof lng === 'number' && lat >= -90 && lat <= 90 && lng >= -180 && lng <= 180
  );
}

/** Great-circle distance in metres on the sphere (haversine: exact enough at every scale, unlike acos). */
export function distanceM(a: LatLng, b: LatLng): number {
  const sinLat = Math.sin(((b.lat - a.lat) * RAD) / 2);
  const sinLng = Math.sin(((b.lng - a.lng) * RAD) / 2);
  const h = sinLat * sinLat + Math.cos(a.lat * RAD) * Math.cos(b.lat * RAD) * sinLng * sinLng;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** The point reached from `from` after `meters` in direction `bearingDeg` (0 north, 90 east). */
export function destination(from: LatLng, bearingDeg: number, meters: number): LatLng {
  const d = meters / EARTH_RADIUS_M;
  const b = bearingDeg * RAD;
  const lat1 = from.lat * RAD;
  const lat2 = Math.asin(Math.sin(lat1) * Math.cos(d) + Math.cos(lat1) * Math.sin(d) * Math.cos(b));
  const lng2 =
    from.lng * RAD +
    Math.atan2(Math.sin(b) * Math.sin(d) * Math.cos(lat1), Math.cos(d) - Math.sin(lat1) * Math.sin(lat2));
  return { lat: lat2 / RAD, lng: ((lng2 / RAD + 540) % 360) - 180 };
}
