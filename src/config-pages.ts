import { z } from 'zod';
import { declared, isHttpUrl, number } from './config-checks.ts';

/** What the pages and apps of people in trouble have to know of this server. */
export const PAGES_SETTINGS = {
  emergencyNumber: declared({
    variable: 'MUSTER_EMERGENCY_NUMBER',
    default: '112',
    schema: z.string().regex(/^\+?[0-9]{2,15}$/, 'is no number to call'),
    expected: 'a number like 112 or +41445550100',
    help: 'The number of the emergency services, which the page of people in trouble always offers to call.',
  }),
  sosCancelWindowMs: number({
    variable: 'MUSTER_SOS_CANCEL_WINDOW_MS',
    default: '5000',
    min: 0,
    max: 60_000,
    unit: 'ms',
    help: 'How long somebody who has asked for help on the page can take it back before it is sent.',
  }),
  mapStyleUrl: declared({
    variable: 'MUSTER_MAP_STYLE_URL',
    default: null,
    schema: z.string().refine(isHttpUrl, 'is no address of a style'),
    expected: 'an address like https://tiles.example.org/style.json',
    help: 'MapLibre style of the dispatchers’ map. Pages may then load from that origin too. Not set: an outline that needs no internet.',
  }),
} as const;
