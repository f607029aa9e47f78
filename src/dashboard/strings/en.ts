import { account } from './en/account.ts';
import { admin } from './en/admin.ts';
import { care } from './en/care.ts';
import { connections } from './en/connections.ts';
import { devices } from './en/devices.ts';
import { dispatch } from './en/dispatch.ts';
import { health } from './en/health.ts';
import { incident } from './en/incident.ts';
import { map } from './en/map.ts';
import { phone } from './en/phone.ts';
import { reference } from './en/reference.ts';
import { replay } from './en/replay.ts';
import { responder } from './en/responder.ts';
import { sos } from './en/sos.ts';
import { ui } from './en/ui.ts';
import { work } from './en/work.ts';

/** Every visible word, by page. A further language has the same keys. */
export const en = {
  account,
  admin,
  care,
  connections,
  devices,
  dispatch,
  health,
  incident,
  map,
  phone,
  reference,
  replay,
  responder,
  sos,
  ui,
  work,
} as const;
