import { sosAfter, sosCreated } from '../client/sos-view.ts';
import type { SosView, StreamEvent } from '../protocol/down.ts';
import { streamEvent } from '../protocol/streams.ts';

/** An incident that can be looked at as it stood at any moment. */
export interface Incident {
  readonly sosId: string;
  readonly events: readonly StreamEvent[];
  /** After each event, folded by the reducer that live pages use. */
  readonly views: readonly SosView[];
  readonly fromMs: number;
  /** When it was closed, or its newest event. */
  readonly toMs: number;
}

interface TimelineEvent {
  readonly seq: number;
  readonly atMs: number;
  readonly actorId: string | null;
  readonly type: string;
  readonly data: unknown;
}

/** The events of a page of a timeline as they come over the socket. What a newer server says beyond is left out. */
export const asStream = (sosId: string, events: readonly TimelineEvent[]): StreamEvent[] =>
  events.flatMap((event) => {
    const parsed = streamEvent.safeParse({ ...event, stream: `sos:${sosId}` });
    return parsed.success ? [parsed.data] : [];
  });

/** Null: its beginning is not on record. */
export function incidentOf(sosId: string, events: readonly StreamEvent[]): Incident | null {
  const [first, ...rest] = events;
  if (first?.type !== 'sos.created') return null;
  const views = [sosCreated(sosId, first)];
  for (const event of rest) views.push(sosAfter(views.at(-1) as SosView, event));
  const toMs = Math.max(first.atMs, events.at(-1)?.atMs ?? first.atMs);
  return { sosId, events, views, fromMs: first.atMs, toMs };
}

/** The number of the last event at or before this moment; the first one before everything. */
export function indexAt({ events }: Pick<Incident, 'events'>, atMs: number): number {
  let [low, high] = [0, events.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((events[middle]?.atMs ?? 0) <= atMs) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** How it stood at this moment. */
export const viewAt = (incident: Incident, atMs: number): SosView =>
  incident.views[indexAt(incident, atMs)] as SosView;

/** The way somebody went while they held a place. */
export interface Way {
  readonly responderId: string;
  readonly name: string | null;
  readonly heldAtMs: number;
  readonly endedAtMs: number | null;
  /** In order of time. */
  readonly fixes: readonly { readonly atMs: number; readonly lat: number; readonly lng: number }[];
}

/** From the GeoJSON of an incident; what is none of ours is left out. */
export function waysFrom(geoJson: string): Way[] {
  const { features = [] } = JSON.parse(geoJson) as { features?: readonly Feature[] };
  return features.flatMap(({ geometry, properties }) => {
    if (properties?.kind !== 'track' || typeof properties.responderId !== 'string') return [];
    const line = geometry?.type === 'Point' ? [geometry.coordinates] : (geometry?.coordinates ?? []);
    const times = Array.isArray(properties.coordTimes) ? properties.coordTimes : [];
    const fixes = line.flatMap((at, i) => {
      const [lng, lat] = Array.isArray(at) ? at : [];
      const atMs = Date.parse(String(times[i]));
      return typeof lng === 'number' && typeof lat === 'number' && !Number.isNaN(atMs)
        ? [{ atMs, lat, lng }]
        : [];
    });
    const heldAtMs = Date.parse(String(properties.heldAt));
    const endedAtMs = properties.endedAt ? Date.parse(String(properties.endedAt)) : null;
    const name = typeof properties.name === 'string' ? properties.name : null;
    return [{ responderId: properties.responderId, name, heldAtMs, endedAtMs, fixes }];
  });
}

/** Where people were asked from: a cell of those who did not come. As GeoJSON has it. */
export interface AskedFrom {
  readonly sentAtMs: number;
  readonly geometry: { readonly type: string; readonly coordinates: readonly unknown[] };
}

export function askedFrom(geoJson: string): AskedFrom[] {
  const { features = [] } = JSON.parse(geoJson) as { features?: readonly Feature[] };
  return features.flatMap(({ geometry, properties }) => {
    const sentAtMs = Date.parse(String(properties?.sentAt));
    const isOffer = properties?.kind === 'offer' && geometry !== null && !Number.isNaN(sentAtMs);
    return isOffer ? [{ sentAtMs, geometry }] : [];
  });
}

interface Feature {
  readonly geometry: { readonly type: string; readonly coordinates: readonly unknown[] } | null;
  readonly properties: Readonly<Record<string, unknown>> | null;
}

/** Where somebody was at a moment, between two fixes on the line between them; null: they held no place then. */
export function placeAt(
  { fixes, heldAtMs, endedAtMs }: Way,
  atMs: number,
): { readonly lat: number; readonly lng: number; readonly fixAtMs: number } | null {
  if (atMs < heldAtMs || (endedAtMs !== null && atMs > endedAtMs)) return null;
  const next = fixes.findIndex((fix) => fix.atMs > atMs);
  const before = next === -1 ? fixes.at(-1) : fixes[next - 1];
  const after = next === -1 ? undefined : fixes[next];
  if (!before) return null;
  if (!after) return { lat: before.lat, lng: before.lng, fixAtMs: before.atMs };
  const part = (atMs - before.atMs) / (after.atMs - before.atMs);
  return {
    lat: before.lat + (after.lat - before.lat) * part,
    lng: before.lng + (after.lng - before.lng) * part,
    fixAtMs: before.atMs,
  };
}

/** The part of a way that lies behind them at a moment, as [lng, lat]. */
export function wayUntil(way: Way, atMs: number): [number, number][] {
  const behind = way.fixes.filter((fix) => fix.atMs <= atMs);
  const here = placeAt(way, atMs);
  const line = behind.map(({ lat, lng }): [number, number] => [lng, lat]);
  if (here && here.fixAtMs < atMs) line.push([here.lng, here.lat]);
  return line;
}

export const SPEEDS = [1, 4, 16, 60] as const;

/** Where playing has come to after some real time, and whether it goes on. */
export function played(
  incident: Pick<Incident, 'fromMs' | 'toMs'>,
  atMs: number,
  elapsedMs: number,
  speed: number,
): { readonly atMs: number; readonly isOver: boolean } {
  const to = atMs + elapsedMs * speed;
  return { atMs: Math.min(to, incident.toMs), isOver: to >= incident.toMs };
}
