import type { LatLng } from '../geo/lat-lng.ts';

/** `37.779, -122.419`, also with a semicolon, spaces alone, or N/S/E/W behind; null: these are other words. */
export function coordinatesIn(text: string): LatLng | null {
  const found =
    /^\s*(-?\d{1,2}(?:\.\d+)?)\s*°?\s*([NS])?\s*[,;\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*°?\s*([EW])?\s*$/i.exec(
      text,
    );
  if (!found) return null;
  const [, latText, northSouth, lngText, eastWest] = found;
  const lat = Number(latText) * (northSouth?.toUpperCase() === 'S' ? -1 : 1);
  const lng = Number(lngText) * (eastWest?.toUpperCase() === 'W' ? -1 : 1);
  return Math.abs(lat) <= 90 && Math.abs(lng) <= 180 ? { lat, lng } : null;
}

/** Five digits are a metre. */
export const coordinateText = ({ lat, lng }: LatLng): string => `${lat.toFixed(5)}, ${lng.toFixed(5)}`;
