import { cellToBoundary } from 'h3-js';
import { coarseCell } from '../geo/coarse.ts';
import type { LatLng } from '../geo/lat-lng.ts';
import { csvLine } from '../lib/csv.ts';
import { xmlText } from '../lib/xml.ts';
import type { HeldSos } from './lists.ts';
import type { Offer, SosState } from './machine/state.ts';
import type { TimelineEvent } from './timeline.ts';

/** A fix of a track, by the server's clock. */
export interface TrackPoint extends LatLng {
  readonly atMs: number;
  readonly altitudeM: number | null;
  readonly accuracyM: number | null;
}

/** Where somebody was while they held a place. */
export interface Track {
  readonly holding: HeldSos;
  readonly name: string | null;
  readonly points: readonly TrackPoint[];
}

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

/** The timeline as CSV (RFC 4180): number, time, kind, who did it, and the rest as JSON. */
export function timelineCsv(events: readonly TimelineEvent[]): string {
  const lines = events.map(({ seq, atMs, type, actorId, data }) =>
    csvLine([seq, iso(atMs), type, actorId, JSON.stringify(data)]),
  );
  return csvLine(['seq', 'at', 'type', 'actor_id', 'data']) + lines.join('');
}

/** RFC 7946: the SOS, everybody asked, and the way of everybody who held a place. Longitude comes first. */
export function sosGeoJson(
  state: SosState,
  tracks: readonly Track[],
  askedFrom: ReadonlyMap<string, LatLng>,
): string {
  const features = [
    feature(pointOf(state.point), {
      kind: 'sos',
      sosId: state.id,
      status: state.status,
      emergencyType: state.emergencyType,
      priority: state.priority,
      isDrill: state.isDrill,
      origin: state.origin,
      alertId: state.alertId,
      createdAt: iso(state.createdAtMs),
      closedAt: iso(state.closedAtMs),
    }),
    ...[...state.offers.values()].map((offer) => offerFeature(offer, tracks, askedFrom.get(offer.id))),
    ...tracks.map(trackFeature),
  ];
  return JSON.stringify({ type: 'FeatureCollection', features });
}

const feature = (geometry: unknown, properties: Readonly<Record<string, unknown>>) => ({
  type: 'Feature',
  geometry,
  properties,
});
const position = ({ lat, lng }: LatLng) => [lng, lat];
const pointOf = (point: LatLng) => ({ type: 'Point', coordinates: position(point) });

/** Exact for those who came. Of whoever was only asked, a file that leaves the house holds the cell. */
function offerFeature(offer: Offer, tracks: readonly Track[], from: LatLng | undefined) {
  const came = tracks.some(({ holding }) => holding.responderId === offer.responderId);
  const geometry = from === undefined ? null : came ? pointOf(from) : cellOf(from);
  return feature(geometry, {
    kind: 'offer',
    offerId: offer.id,
    responderId: offer.responderId,
    wave: offer.wave,
    status: offer.status,
    isExact: from !== undefined && came,
    sentAt: iso(offer.sentAtMs),
    deliveredAt: iso(offer.deliveredAtMs),
    seenAt: iso(offer.seenAtMs),
    unreachedAt: iso(offer.unreachedAtMs),
    answeredAt: iso(offer.answeredAtMs),
  });
}

function cellOf(point: LatLng) {
  const ring = cellToBoundary(coarseCell(point), true);
  return { type: 'Polygon', coordinates: [unwrapped(ring)] };
}

/** A ring over the antimeridian goes on beyond 180° instead of around the earth. */
function unwrapped(ring: readonly (readonly number[])[]): number[][] {
  const [firstLng = 0] = ring[0] ?? [];
  return ring.map(([lng = 0, lat = 0]) => {
    const turns = Math.round((firstLng - lng) / 360);
    return [lng + turns * 360, lat];
  });
}

function trackFeature({ holding, name, points }: Track) {
  const coordinates = points.map((point) =>
    point.altitudeM === null ? position(point) : [...position(point), point.altitudeM],
  );
  // A line has two points or more.
  const geometry =
    coordinates.length === 0
      ? null
      : coordinates.length === 1
        ? { type: 'Point', coordinates: coordinates[0] }
        : { type: 'LineString', coordinates };
  return feature(geometry, {
    kind: 'track',
    responderId: holding.responderId,
    name,
    role: holding.role,
    heldAt: iso(holding.heldAtMs),
    departedAt: iso(holding.departedAtMs),
    arrivedAt: iso(holding.arrivedAtMs),
    endedAt: iso(holding.endedAtMs),
    coordTimes: points.map(({ atMs }) => iso(atMs)),
  });
}

/** GPX 1.1: the place as a waypoint, a track for each who held a place. */
export function tracksGpx(state: SosState, tracks: readonly Track[]): string {
  const place = `  <wpt lat="${state.point.lat}" lon="${state.point.lng}"><time>${iso(state.createdAtMs)}</time><name>${state.origin === 'machine' ? 'SOS by a machine' : 'SOS'}</name></wpt>`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<gpx version="1.1" creator="Muster" xmlns="http://www.topografix.com/GPX/1/1">',
    `  <metadata><name>${xmlText(state.id)}</name><time>${iso(state.createdAtMs)}</time></metadata>`,
    place,
    ...tracks.map(gpxTrack),
    '</gpx>',
    '',
  ].join('\n');
}

function gpxTrack({ holding, name, points }: Track): string {
  const called = xmlText(name ?? holding.responderId);
  const fixes = points.map(({ lat, lng, altitudeM, atMs }) => {
    const height = altitudeM === null ? '' : `<ele>${altitudeM}</ele>`;
    return `<trkpt lat="${lat}" lon="${lng}">${height}<time>${iso(atMs)}</time></trkpt>`;
  });
  return `  <trk><name>${called}</name><type>${holding.role}</type><trkseg>${fixes.join('')}</trkseg></trk>`;
}
