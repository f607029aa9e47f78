import type { LatLng } from '../geo/lat-lng.ts';
import { isLatLng } from '../geo/lat-lng.ts';

const NUMBERS = /(-?\d{1,3}(?:\.\d+)?)\s*[,;\s/]\s*(-?\d{1,3}(?:\.\d+)?)/;
/** What map programs put into the links that they share. */
const IN_LINKS = [
  /[?&#](?:q|ll|query|daddr|sll)=([^&]+)/,
  /@(-?\d[^/?]*)/,
  /#map=\d+\/([^&]+)/,
  /^geo:([^?;]+)/i,
];

/**
 * A place as somebody types or pastes it: `47.3769, 8.5417`, with commas for points, a `geo:` address or the link of a
 * map. Null: none of these.
 */
export function readPlace(typed: string): LatLng | null {
  const text = typed.trim();
  for (const pattern of IN_LINKS) {
    const found = pattern.exec(text)?.[1];
    const place = found && numbersIn(decoded(found));
    if (place) return place;
  }
  if (/^https?:/i.test(text)) return null;
  return numbersIn(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function numbersIn(text: string): LatLng | null {
  // `47,3769; 8,5417` or `47,3769 8,5417`
  const points = text
    .replace(/(\d),(\d+)(\s*;|\s+-?\d)/g, '$1.$2$3')
    .replace(/([;\s]-?\d+),(\d+)\s*$/, '$1.$2');
  const [, lat, lng] = NUMBERS.exec(points) ?? [];
  const place = { lat: Number(lat), lng: Number(lng) };
  return lat !== undefined && isLatLng(place.lat, place.lng) ? place : null;
}

/** `47.37690, 8.54170`: about a metre. */
export const placeText = ({ lat, lng }: LatLng): string => `${lat.toFixed(5)}, ${lng.toFixed(5)}`;

export interface MapLink {
  readonly program: 'device' | 'apple' | 'osm';
  readonly href: string;
}

/** Links that open a place in a program for maps, the one of the device first. Nothing is asked of them before a tap. */
export function mapLinks({ lat, lng }: LatLng, userAgent: string): MapLink[] {
  const at = `${lat.toFixed(6)},${lng.toFixed(6)}`;
  const osm: MapLink = {
    program: 'osm',
    href: `https://www.openstreetmap.org/directions?to=${encodeURIComponent(at)}`,
  };
  const apple: MapLink = {
    program: 'apple',
    href: `https://maps.apple.com/?daddr=${encodeURIComponent(at)}`,
  };
  if (/Android/i.test(userAgent)) return [{ program: 'device', href: `geo:${at}?q=${at}` }, osm];
  return isApple(userAgent) ? [apple, osm] : [osm, apple];
}

/** iPads call themselves Macs. */
export const isApple = (userAgent: string): boolean => /iPhone|iPad|iPod|Macintosh/i.test(userAgent);
