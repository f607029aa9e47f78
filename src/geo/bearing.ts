import type { LatLng } from './lat-lng.ts';

const RAD = Math.PI / 180;

/** In which direction `to` lies from `from` at the start of the way: degrees clockwise from north, 0 to 360. */
export function bearingDeg(from: LatLng, to: LatLng): number {
  const dLng = (to.lng - from.lng) * RAD;
  const [a, b] = [from.lat * RAD, to.lat * RAD];
  const y = Math.sin(dLng) * Math.cos(b);
  const x = Math.cos(a) * Math.sin(b) - Math.sin(a) * Math.cos(b) * Math.cos(dLng);
  return (Math.atan2(y, x) / RAD + 360) % 360;
}
