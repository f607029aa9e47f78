import type { Grant } from '../../../client/index.ts';
import type { StringKey } from '../../strings/index.ts';

interface View {
  readonly path: string;
  readonly name: Extract<StringKey, `ui.view_${string}`>;
  /** Who finds something there; not given: everybody. */
  readonly for?: readonly Grant[];
}

/** The pages that one can go to from another. */
export const VIEWS: readonly View[] = [
  { path: '/', name: 'ui.view_dispatch', for: ['dispatcher'] },
  { path: '/care', name: 'ui.view_care' },
  { path: '/responder', name: 'ui.view_responder', for: ['volunteer', 'professional'] },
  { path: '/sos', name: 'ui.view_sos' },
  { path: '/admin', name: 'ui.view_admin', for: ['admin'] },
  { path: '/devices', name: 'ui.view_devices' },
  { path: '/connections', name: 'ui.view_connections' },
];
