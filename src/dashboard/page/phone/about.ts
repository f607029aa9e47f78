import { signal } from '@preact/signals';
import type { About, MusterHttp } from '../../../client/index.ts';

const KEY = 'muster.about';
const UNKNOWN: About = {
  emergencyNumber: '112',
  sosCancelWindowMs: 5_000,
  mapStyleUrl: null,
  pushPublicKey: null,
};

function kept(): About {
  try {
    return { ...UNKNOWN, ...JSON.parse(localStorage.getItem(KEY) ?? '{}') };
  } catch {
    return UNKNOWN;
  }
}

/** What this server says of itself; what it said last while there is no connection. */
export const about = signal<About>(kept());

export async function learnAbout(http: MusterHttp): Promise<void> {
  try {
    about.value = await http.about();
    localStorage.setItem(KEY, JSON.stringify(about.value));
  } catch {
    // What was known goes on.
  }
}
