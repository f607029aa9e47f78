import { type Map as MapLibre, Marker } from 'maplibre-gl';
import type { SosView } from '../../../../protocol/down.ts';
import { durationText } from '../../../strings/format.ts';
import { t } from '../../../strings/index.ts';
import { plainWords, statusWords } from '../../../words.ts';

/** More words than anybody reads would only cover the map; the most urgent have them. */
const WORDED = 150;

export type Phase = 'searching' | 'escalated' | 'coming' | 'there';

export function phaseOf({ status, slots }: Pick<SosView, 'status' | 'slots'>): Phase {
  if (status === 'ESCALATED') return 'escalated';
  if (status === 'IN_PROGRESS' || slots.some(({ arrivedAtMs }) => arrivedAtMs !== null)) return 'there';
  return slots.some(({ holderId }) => holderId !== null) ? 'coming' : 'searching';
}

/** Every open SOS as a button on the map: its priority by shape and colour, its phase by its rim, its age in words. */
export class SosMarkers {
  readonly #map: MapLibre;
  readonly #onSelect: (sosId: string) => void;
  readonly #markers = new Map<string, Marker>();

  constructor(map: MapLibre, onSelect: (sosId: string) => void) {
    this.#map = map;
    this.#onSelect = onSelect;
  }

  /** `open`: the most urgent first. */
  show(open: readonly SosView[], selectedId: string | null, nowMs: number): void {
    const shown = open.slice(0, WORDED);
    const wanted = new Set(shown.map(({ sosId }) => sosId));
    for (const [sosId, marker] of this.#markers) {
      if (wanted.has(sosId)) continue;
      marker.remove();
      this.#markers.delete(sosId);
    }
    for (const sos of shown) this.#draw(sos, sos.sosId === selectedId, nowMs);
  }

  stop(): void {
    for (const marker of this.#markers.values()) marker.remove();
    this.#markers.clear();
  }

  #draw(sos: SosView, isSelected: boolean, nowMs: number): void {
    const marker = this.#markers.get(sos.sosId) ?? this.#made(sos);
    const element = marker.getElement();
    const { lng, lat } = marker.getLngLat();
    if (lng !== sos.point.lng || lat !== sos.point.lat) marker.setLngLat(sos.point);
    const phase = phaseOf(sos);
    const age = durationText(nowMs - sos.createdAtMs);
    set(element, 'priority', sos.priority);
    set(element, 'phase', phase);
    set(element, 'drill', String(sos.isDrill));
    set(element, 'selected', String(isSelected));
    const words = t('map.sos', {
      type: plainWords(sos.emergencyType),
      priority: plainWords(sos.priority),
      status: statusWords(sos),
      age,
    });
    if (element.title !== words) {
      element.title = words;
      element.setAttribute('aria-label', words);
    }
    const label = element.lastElementChild;
    if (label && label.textContent !== age) label.textContent = age;
  }

  #made(sos: SosView): Marker {
    const element = document.createElement('button');
    element.type = 'button';
    element.className = 'sos-marker';
    const sign = document.createElement('i');
    const label = document.createElement('span');
    element.append(sign, label);
    element.addEventListener('click', (event) => {
      event.stopPropagation();
      this.#onSelect(sos.sosId);
    });
    const marker = new Marker({ element, anchor: 'center' }).setLngLat(sos.point).addTo(this.#map);
    this.#markers.set(sos.sosId, marker);
    return marker;
  }
}

function set(element: HTMLElement, name: string, value: string): void {
  if (element.dataset[name] !== value) element.dataset[name] = value;
}
