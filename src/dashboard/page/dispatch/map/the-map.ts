import 'maplibre-gl/dist/maplibre-gl.css';
import { effect } from '@preact/signals';
import {
  AttributionControl,
  LngLatBounds,
  Map as MapLibre,
  Marker,
  ScaleControl,
  setWorkerUrl,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import type { LatLng } from '../../../../geo/lat-lng.ts';
import { STATES, stateOf } from '../../../fleet.ts';
import { linesOf } from '../../../lines.ts';
import { placeOn, type Square, squareX, squareY } from '../../../mercator.ts';
import { hashSignal } from '../../ui/hash.ts';
import { nowMs } from '../../ui/now.ts';
import { isDark } from '../../ui/theme.tsx';
import { chosenPlace, placePick } from '../place-pick.ts';
import type { DispatchStore } from '../store.ts';
import { bundledStyle, recolourBundled } from './base-style.ts';
import { Cells } from './cells.ts';
import { FleetLayer } from './fleet-layer.ts';
import { LineLayer } from './line-layer.ts';
import type { MapState } from './map-state.ts';
import { SosMarkers } from './sos-markers.ts';

setWorkerUrl(workerUrl);

const PICK_PX = 14;
/** Nearer than this is too near to see what is around. */
const FIT_ZOOM_MAX = 15;
const FIT_PADDING_PX = 48;
const place = hashSignal('map');

/** The map with everything on it, for as long as its element is there. */
export class TheMap {
  readonly #map: MapLibre;
  readonly #store: DispatchStore;
  readonly #state: MapState;
  readonly #stops: (() => void)[] = [];
  #chosen: Marker | null = null;

  constructor(container: HTMLElement, store: DispatchStore, state: MapState, styleUrl: string | null) {
    this.#store = store;
    this.#state = state;
    const kept = placeFrom(place.value);
    this.#map = new MapLibre({
      container,
      style: styleUrl ?? bundledStyle(),
      center: kept ? [kept.lng, kept.lat] : [10, 30],
      zoom: kept?.zoom ?? 1.5,
      // North is up: who is sent somewhere by voice must not have to ask where up is.
      dragRotate: false,
      pitchWithRotate: false,
      maxPitch: 0,
      maxZoom: 19,
      renderWorldCopies: false,
      attributionControl: false,
      fadeDuration: 0,
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.keyboard.disableRotation();
    this.#map.getCanvas().setAttribute('aria-label', state.label);
    this.#map.addControl(new ScaleControl({ maxWidth: 120 }), 'bottom-right');
    if (styleUrl !== null) this.#map.addControl(new AttributionControl({ compact: true }));
    this.#map.on('error', ({ error }) => {
      if (!this.#map.isStyleLoaded() && styleUrl !== null) state.problem.value = error.message;
    });
    this.#map.once('load', () => this.#begin(kept === null));
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    this.#map.remove();
  }

  zoomBy(steps: number): void {
    this.#map.zoomTo(this.#map.getZoom() + steps, { duration: this.#ms });
  }

  /** Shows everybody who is available, and every open SOS. */
  fit(): void {
    const bounds = new LngLatBounds();
    for (const { point } of this.#store.openSos.value) bounds.extend([point.lng, point.lat]);
    for (const { x, y, flags } of this.#store.board.fleet.each()) {
      if (stateOf(flags) === 'away') continue;
      const { lng, lat } = placeOn({ x, y });
      bounds.extend([lng, lat]);
    }
    if (bounds.isEmpty()) return;
    this.#map.fitBounds(bounds, {
      padding: FIT_PADDING_PX,
      maxZoom: FIT_ZOOM_MAX,
      duration: this.#ms,
    });
  }

  get #ms(): number {
    return matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 400;
  }

  #begin(isFirst: boolean): void {
    const map = this.#map;
    const { board, openSos, respondersChanged, selectedSosId, isLoaded } = this.#store;
    const state = this.#state;
    board.fleet.isGliding = this.#ms > 0;
    const cells = new Cells(map, board.fleet);
    const lines = new LineLayer(board.fleet);
    const fleet = new FleetLayer(board.fleet);
    map.addLayer(lines);
    map.addLayer(fleet);
    const markers = new SosMarkers(map, (sosId) => {
      selectedSosId.value = sosId;
    });
    map.on('click', ({ lngLat }) => {
      const { lat, lng } = lngLat.wrap();
      if (placePick.value) placePick.value({ lat, lng });
      else this.#pick({ x: squareX(lngLat.lng), y: squareY(lngLat.lat) });
    });
    map.on('moveend', () => {
      const { lng, lat } = map.getCenter();
      place.value = `${map.getZoom().toFixed(2)}/${lat.toFixed(5)}/${lng.toFixed(5)}`;
    });
    this.#stops.push(
      () => cells.stop(),
      () => markers.stop(),
      effect(() => {
        isDark();
        // Styles change with the attribute, which is set by another effect.
        requestAnimationFrame(() => {
          recolourBundled(map);
          cells.recolour();
          lines.recolour();
          fleet.recolour();
        });
      }),
      effect(() => markers.show(openSos.value, selectedSosId.value, nowMs.value)),
      effect(() => lines.show(linesOf(openSos.value))),
      effect(() => cells.showHeat(state.isHeatOn.value)),
      effect(() => {
        fleet.hidden = state.hidden.value.reduce((bits, hidden) => bits | (1 << STATES.indexOf(hidden)), 0);
        map.triggerRepaint();
      }),
      effect(() => {
        respondersChanged.value;
        map.triggerRepaint();
        this.#follow();
      }),
      effect(() => this.#goTo(selectedSosId.value)),
      effect(() => {
        if (isLoaded.value && isFirst) requestAnimationFrame(() => this.fit());
      }),
    );
    this.#stops.push(
      effect(() => {
        map.getCanvas().style.cursor = placePick.value ? 'crosshair' : '';
      }),
      effect(() => this.#showChosen(chosenPlace.value)),
    );
    state.isReady.value = true;
  }

  /** Where a caller is, before there is an SOS. */
  #showChosen(at: LatLng | null): void {
    this.#chosen?.remove();
    this.#chosen = null;
    if (!at) return;
    const element = document.createElement('i');
    element.className = 'chosen-place';
    this.#chosen = new Marker({ element }).setLngLat(at).addTo(this.#map);
    if (!this.#map.getBounds().contains(at))
      this.#map.easeTo({ center: at, zoom: FIT_ZOOM_MAX, duration: this.#ms });
  }

  #pick(at: Square): void {
    const { fleet } = this.#store.board;
    const radius = PICK_PX / (512 * 2 ** this.#map.getZoom());
    this.#state.pickedId.value = fleet.nearest(at, radius, Date.now());
  }

  /** Where the picked responder is, if the map is to go with them. */
  #follow(): void {
    const { pickedId, isFollowing } = this.#state;
    const id = pickedId.value;
    if (id === null || !isFollowing.value) return;
    const at = this.#store.board.fleet.placeOf(id, Number.POSITIVE_INFINITY);
    if (at) this.#map.easeTo({ center: placeOn(at), duration: this.#ms });
  }

  /** Goes to a selected SOS, if it is not on the screen already. */
  #goTo(sosId: string | null): void {
    const point = this.#store.openSos.peek().find((sos) => sos.sosId === sosId)?.point;
    if (!point || this.#map.getBounds().contains(point)) return;
    this.#map.easeTo({
      center: point,
      zoom: Math.max(this.#map.getZoom(), 12),
      duration: this.#ms,
    });
  }
}

function placeFrom(text: string | null): { zoom: number; lat: number; lng: number } | null {
  const [zoom, lat, lng, ...more] = (text ?? '').split('/').map(Number);
  const isPlace = zoom !== undefined && lat !== undefined && lng !== undefined && more.length === 0;
  return isPlace && [zoom, lat, lng].every(Number.isFinite) && Math.abs(lat) <= 85
    ? { zoom, lat, lng }
    : null;
}
