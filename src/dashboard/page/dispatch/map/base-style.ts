import type { Map as MapLibre, StyleSpecification } from 'maplibre-gl';
import { cssColour } from './gl.ts';

/** The style that needs no internet: land and sea from afar, nothing but the cells of H3 from near. */
export function bundledStyle(): StyleSpecification {
  return {
    version: 8,
    sources: {
      land: { type: 'geojson', data: new URL(OUTLINE_URL, location.origin).href, maxzoom: 8 },
      grid: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
    },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': cssColour('--map-sea') } },
      // A kilometre of error is a street too many: the outline gives way before it could mislead.
      { id: 'land', type: 'fill', source: 'land', maxzoom: 9.5, paint: landPaint() },
      { id: 'coast', type: 'line', source: 'land', maxzoom: 9.5, paint: coastPaint() },
      { id: 'ground', type: 'background', minzoom: 8, paint: groundPaint() },
      {
        id: 'grid',
        type: 'line',
        source: 'grid',
        minzoom: 5,
        paint: { 'line-color': cssColour('--map-grid'), 'line-width': 1 },
      },
    ],
  };
}

const landPaint = () => ({ 'fill-color': cssColour('--map-land'), 'fill-antialias': false });
const coastPaint = () => ({ 'line-color': cssColour('--map-coast'), 'line-width': 1 });
const groundPaint = () => ({
  'background-color': cssColour('--map-land'),
  'background-opacity': ['interpolate', ['linear'], ['zoom'], 8, 0, 9.5, 1] as [
    'interpolate',
    ['linear'],
    ['zoom'],
    number,
    number,
    number,
    number,
  ],
});

/** The page is light or dark now. A style of somebody else keeps its colours. */
export function recolourBundled(map: MapLibre): void {
  if (!map.getLayer('ground')) return;
  map.setPaintProperty('sea', 'background-color', cssColour('--map-sea'));
  map.setPaintProperty('land', 'fill-color', cssColour('--map-land'));
  map.setPaintProperty('coast', 'line-color', cssColour('--map-coast'));
  map.setPaintProperty('ground', 'background-color', cssColour('--map-land'));
  map.setPaintProperty('grid', 'line-color', cssColour('--map-grid'));
}
