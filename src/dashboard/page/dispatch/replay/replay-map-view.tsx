import '../map/map.css';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../../strings/index.ts';
import { isDark } from '../../ui/theme.tsx';
import type { DispatchStore } from '../store.ts';
import type { Moment, ReplayMap } from './replay-map.ts';

interface MapProps {
  readonly store: DispatchStore;
  readonly moment: Moment | null;
}

/** The map of a past incident. Its library comes when it is first needed. */
export function ReplayMapView({ store, moment }: MapProps) {
  const container = useRef<HTMLDivElement>(null);
  const map = useRef<ReplayMap | null>(null);
  const isReady = useSignal(false);
  const latest = useRef(moment);
  latest.current = moment;
  useEffect(() => {
    let isGone = false;
    const style = store.session.http.about().then(
      ({ mapStyleUrl }) => mapStyleUrl,
      () => null,
    );
    void Promise.all([import('./replay-map.ts'), style]).then(([{ ReplayMap }, url]) => {
      if (isGone || !container.current) return;
      map.current = new ReplayMap(container.current, url, t('replay.map'), () => {
        isReady.value = true;
      });
      if (latest.current) map.current.show(latest.current);
    });
    return () => {
      isGone = true;
      map.current?.stop();
    };
  }, [store]);
  useEffect(() => {
    if (moment) map.current?.show(moment);
  }, [moment]);
  const dark = isDark();
  useEffect(() => {
    requestAnimationFrame(() => map.current?.recolour());
  }, [dark]);
  return (
    <div class="map-view" data-ready={String(isReady.value)}>
      <div ref={container} class="map-canvas" />
    </div>
  );
}
