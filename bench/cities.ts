import { destination, type LatLng } from '../src/geo/lat-lng.ts';
import type { Random } from '../src/lib/random.ts';

const SIGMA_M = 6_000;

/** Draws points around cities: normally distributed with a deviation of 6 km in each direction. */
export function cityPoints(cityCount: number, random: Random): () => LatLng {
  const cities = Array.from({ length: cityCount }, () => ({
    lat: -55 + random() * 115,
    lng: -180 + random() * 360,
  }));
  return () => {
    const city = cities[Math.floor(random() * cityCount)] ?? { lat: 0, lng: 0 };
    // A normal deviation in each of two directions is a Rayleigh distance in a uniform direction.
    const awayM = SIGMA_M * Math.sqrt(-2 * Math.log(1 - random()));
    return destination(city, random() * 360, awayM);
  };
}
