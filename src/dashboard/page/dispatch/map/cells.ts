import type { GeoJSONSource, Map as MapLibre } from 'maplibre-gl';
import { cellsIn, countAvailable, outlineOf, resolutionAt } from '../../../coverage.ts';
import type { Fleet } from '../../../fleet.ts';
import { cssColour } from './gl.ts';

const HEAT_EVERY_MS = 5_000;

/** The cells of H3 on the map: as a grid, and filled by how many are available in each. */
export class Cells {
  readonly #map: MapLibre;
  readonly #fleet: Fleet;
  #isHeatOn = false;
  #counting: number | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor(map: MapLibre, fleet: Fleet) {
    this.#map = map;
    this.#fleet = fleet;
    map.addSource('heat', { type: 'geojson', data: { type: 'FeatureCollection', features: [] } });
    map.addLayer({ id: 'heat', type: 'fill', source: 'heat', paint: { 'fill-antialias': false } });
    this.recolour();
    map.on('moveend', this.#moved);
    this.#moved();
  }

  showHeat(isOn: boolean): void {
    this.#isHeatOn = isOn;
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = isOn ? setInterval(() => this.#count(), HEAT_EVERY_MS) : null;
    if (isOn) this.#count();
    else this.#show('heat', []);
  }

  recolour(): void {
    const colour = cssColour('--map-heat');
    const stops = [1, 0.12, 3, 0.25, 10, 0.45, 30, 0.65, 100, 0.8];
    this.#map.setPaintProperty('heat', 'fill-color', colour);
    this.#map.setPaintProperty('heat', 'fill-opacity', [
      'interpolate',
      ['linear'],
      ['get', 'count'],
      ...stops,
    ]);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    if (this.#counting !== null) cancelIdleCallback(this.#counting);
    this.#map.off('moveend', this.#moved);
  }

  get #resolution(): number {
    return resolutionAt(this.#map.getZoom(), this.#map.getCenter().lat);
  }

  readonly #moved = () => {
    if (this.#map.getSource('grid')) {
      const bounds = this.#map.getBounds();
      const [west, south, east, north] = [
        bounds.getWest(),
        bounds.getSouth(),
        bounds.getEast(),
        bounds.getNorth(),
      ];
      const isNear = this.#map.getZoom() >= 5;
      const cells = isNear ? cellsIn({ west, south, east, north }, this.#resolution) : [];
      const lines = cells.map(outlineOf);
      this.#show('grid', [
        { type: 'Feature', properties: {}, geometry: { type: 'MultiLineString', coordinates: lines } },
      ]);
    }
    if (this.#isHeatOn) this.#count();
  };

  /** Counts in the pauses of everything else. */
  #count(): void {
    if (this.#counting !== null) cancelIdleCallback(this.#counting);
    const counting = countAvailable(this.#fleet, this.#resolution);
    const goOn = () => {
      this.#counting = null;
      const step = counting.next();
      if (step.done) this.#showCounts(step.value);
      else this.#counting = requestIdleCallback(goOn, { timeout: 500 });
    };
    this.#counting = requestIdleCallback(goOn, { timeout: 500 });
  }

  #showCounts(counts: ReadonlyMap<string, number>): void {
    if (!this.#isHeatOn) return;
    this.#show(
      'heat',
      [...counts].map(([cell, count]) => ({
        type: 'Feature',
        properties: { count },
        geometry: { type: 'Polygon', coordinates: [outlineOf(cell)] },
      })),
    );
  }

  #show(source: 'grid' | 'heat', features: GeoJSON.Feature[]): void {
    this.#map.getSource<GeoJSONSource>(source)?.setData({ type: 'FeatureCollection', features });
  }
}
