import 'maplibre-gl/dist/maplibre-gl.css';
import {
  type GeoJSONSource,
  LngLatBounds,
  Map as MapLibre,
  Marker,
  ScaleControl,
  setWorkerUrl,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import type { SosView } from '../../../../protocol/down.ts';
import { type AskedFrom, placeAt, type Way, wayUntil } from '../../../time-machine.ts';
import { bundledStyle, recolourBundled } from '../map/base-style.ts';
import { cssColour } from '../map/gl.ts';
import { phaseOf } from '../map/sos-markers.ts';

setWorkerUrl(workerUrl);

/** What is drawn of one moment. */
export interface Moment {
  readonly atMs: number;
  readonly sos: SosView;
  readonly ways: readonly Way[];
  readonly asked: readonly AskedFrom[];
  readonly nameOf: (id: string) => string;
}

const FIT = { padding: 60, maxZoom: 16, duration: 0 };

/** A map of one incident as it was at a moment: the place, who had been asked from where, who came and which way. */
export class ReplayMap {
  readonly #map: MapLibre;
  readonly #people = new Map<string, Marker>();
  #sos: Marker | null = null;
  #isReady = false;
  #moment: Moment | null = null;
  #fitted = '';

  constructor(container: HTMLElement, styleUrl: string | null, label: string, onReady: () => void) {
    this.#map = new MapLibre({
      container,
      style: styleUrl ?? bundledStyle(),
      center: [10, 30],
      zoom: 1.5,
      dragRotate: false,
      pitchWithRotate: false,
      maxPitch: 0,
      maxZoom: 19,
      attributionControl: false,
      fadeDuration: 0,
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.getCanvas().setAttribute('aria-label', label);
    this.#map.addControl(new ScaleControl({ maxWidth: 120 }), 'bottom-right');
    this.#map.once('load', () => {
      this.#begin();
      onReady();
    });
  }

  stop(): void {
    this.#map.remove();
  }

  recolour(): void {
    if (!this.#isReady) return;
    recolourBundled(this.#map);
    this.#map.setPaintProperty('ways', 'line-color', cssColour('--map-busy'));
    this.#map.setPaintProperty('asked', 'line-color', cssColour('--map-asked'));
  }

  show(moment: Moment): void {
    this.#moment = moment;
    if (!this.#isReady) return;
    const { atMs, ways, asked } = moment;
    this.#source('ways').setData(collection(ways.map((way) => lineOf(wayUntil(way, atMs)))));
    const known = asked.filter(({ sentAtMs }) => sentAtMs <= atMs);
    this.#source('asked').setData(collection(known.map(({ geometry }) => geometry)));
    this.#showSos(moment);
    this.#showPeople(moment);
    this.#fit(moment);
  }

  #begin(): void {
    const empty = { type: 'geojson' as const, data: collection([]) };
    this.#map.addSource('asked', empty);
    this.#map.addSource('ways', empty);
    this.#map.addLayer({
      id: 'asked',
      type: 'line',
      source: 'asked',
      paint: { 'line-color': cssColour('--map-asked'), 'line-width': 1.5, 'line-dasharray': [2, 2] },
    });
    this.#map.addLayer({
      id: 'ways',
      type: 'line',
      source: 'ways',
      paint: { 'line-color': cssColour('--map-busy'), 'line-width': 3 },
    });
    this.#isReady = true;
    if (this.#moment) this.show(this.#moment);
  }

  #source(name: string): GeoJSONSource {
    return this.#map.getSource(name) as GeoJSONSource;
  }

  #showSos({ sos }: Moment): void {
    if (!this.#sos) {
      const element = document.createElement('div');
      element.className = 'sos-marker';
      element.append(document.createElement('i'));
      this.#sos = new Marker({ element }).setLngLat(sos.point).addTo(this.#map);
    }
    const { dataset } = this.#sos.setLngLat(sos.point).getElement();
    dataset.priority = sos.priority;
    dataset.phase = phaseOf(sos);
    dataset.drill = String(sos.isDrill);
  }

  #showPeople({ atMs, ways, nameOf }: Moment): void {
    const here = new Set<string>();
    for (const way of ways) {
      const at = placeAt(way, atMs);
      if (!at) continue;
      here.add(way.responderId);
      const marker = this.#people.get(way.responderId) ?? this.#person(way, nameOf);
      marker.setLngLat(at).addTo(this.#map);
      this.#people.set(way.responderId, marker);
    }
    for (const [id, marker] of this.#people) {
      if (here.has(id)) continue;
      marker.remove();
      this.#people.delete(id);
    }
  }

  #person(way: Way, nameOf: (id: string) => string): Marker {
    const element = document.createElement('div');
    element.className = 'replay-person';
    const name = document.createElement('span');
    name.textContent = way.name ?? nameOf(way.responderId);
    element.append(document.createElement('i'), name);
    return new Marker({ element, anchor: 'left', offset: [-8, 0] });
  }

  /** Once with the place alone, and once more when the ways are known. */
  #fit({ sos, ways }: Moment): void {
    const wanted = `${sos.sosId} ${ways.length}`;
    if (wanted === this.#fitted) return;
    this.#fitted = wanted;
    const bounds = new LngLatBounds([sos.point.lng, sos.point.lat], [sos.point.lng, sos.point.lat]);
    for (const { fixes } of ways) for (const { lat, lng } of fixes) bounds.extend([lng, lat]);
    this.#map.fitBounds(bounds, FIT);
  }
}

const lineOf = (coordinates: [number, number][]) => ({ type: 'LineString', coordinates });

const collection = (
  geometries: readonly { readonly type: string; readonly coordinates: readonly unknown[] }[],
) =>
  ({
    type: 'FeatureCollection',
    features: geometries.map((geometry) => ({ type: 'Feature', properties: {}, geometry })),
  }) as GeoJSON.FeatureCollection;
