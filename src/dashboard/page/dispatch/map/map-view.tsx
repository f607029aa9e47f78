import './map.css';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { t } from '../../../strings/index.ts';
import { Button } from '../../ui/button.tsx';
import type { DispatchStore } from '../store.ts';
import { areKeysOn } from '../use-keys.ts';
import { Legend } from './legend.tsx';
import { type MapState, mapState } from './map-state.ts';
import { ResponderCard } from './responder-card.tsx';
import type { TheMap } from './the-map.ts';

/** The map, its buttons, its legend, and who was pointed at. */
export function MapView({ store }: { readonly store: DispatchStore }) {
  const state = useMemo(() => mapState(t('map.canvas')), []);
  const container = useRef<HTMLDivElement>(null);
  const map = useRef<TheMap | null>(null);
  useEffect(() => {
    let isGone = false;
    // The map's library is a megabyte: the lists are there before it is.
    void Promise.all([import('./the-map.ts'), styleUrl(store)]).then(([{ TheMap }, url]) => {
      if (!isGone && container.current) map.current = new TheMap(container.current, store, state, url);
    });
    return () => {
      isGone = true;
      map.current?.stop();
    };
  }, [store]);
  return (
    <div class="map-view" data-ready={String(state.isReady.value)}>
      <div ref={container} class="map-canvas" />
      <Controls state={state} map={() => map.current} />
      <Legend store={store} state={state} />
      <ResponderCard store={store} state={state} />
      {state.problem.value ? (
        <p class="problem map-problem" role="alert">
          {t('map.no_style', { why: state.problem.value })}
        </p>
      ) : null}
    </div>
  );
}

/** The operator's style, if there is one; when that can't be found out, the map that needs nothing. */
const styleUrl = (store: DispatchStore): Promise<string | null> =>
  store.session.http.about().then(
    ({ mapStyleUrl }) => mapStyleUrl,
    () => null,
  );

function Controls({ state, map }: { readonly state: MapState; readonly map: () => TheMap | null }) {
  const { isHeatOn } = state;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (!areKeysOn.value) return;
      if (event.key === 'f') map()?.fit();
      if (event.key === 'h') isHeatOn.value = !isHeatOn.value;
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  return (
    <div class="map-controls" role="toolbar" aria-label={t('map.controls')}>
      <Button label={t('map.zoom_in')} title={t('map.zoom_in')} onPress={() => map()?.zoomBy(1)}>
        +
      </Button>
      <Button label={t('map.zoom_out')} title={t('map.zoom_out')} onPress={() => map()?.zoomBy(-1)}>
        −
      </Button>
      <Button title={t('map.fit_help')} shortcut="f" onPress={() => map()?.fit()}>
        {t('map.fit')}
      </Button>
      <Button
        title={t('map.heat_help')}
        shortcut="h"
        pressed={isHeatOn.value}
        onPress={() => {
          isHeatOn.value = !isHeatOn.value;
        }}
      >
        {t('map.heat')}
      </Button>
    </div>
  );
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'SELECT', 'TEXTAREA', 'DIALOG'].includes(target.tagName));
