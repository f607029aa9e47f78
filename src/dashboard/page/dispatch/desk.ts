import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { SosView } from '../../../client/index.ts';
import type { Refused } from '../../sos-commands.ts';
import { type Filters, filtersFrom, filterWord } from '../../work-list.ts';
import { hashSignal } from '../ui/hash.ts';
import { type Names, openNames } from './names.ts';
import type { DispatchStore } from './store.ts';

/** A dialog about one SOS. */
export type Asking = 'assign' | 'merge' | 'hand_off';

/** What a dispatcher has before them, beside what is live. */
export interface Desk {
  readonly store: DispatchStore;
  readonly me: string;
  readonly names: Names;
  readonly filters: ReadonlySignal<Filters>;
  setFilters(filters: Filters): void;
  /** Never in the address: it may name somebody. */
  readonly search: Signal<string>;
  /** The row that keys move from. */
  readonly cursor: Signal<string | null>;
  /** What was not carried out last, by SOS. */
  readonly refused: Signal<ReadonlyMap<string, Refused>>;
  readonly asking: Signal<{ readonly what: Asking; readonly sos: SosView } | null>;
  readonly isRaising: Signal<boolean>;
  readonly areKeysShown: Signal<boolean>;
  /** The alert that is looked at. */
  readonly alertId: Signal<string | null>;
  /** Looking at what is over: empty while none is chosen, else its id; null: what is live. */
  readonly past: Signal<string | null>;
}

const desks = new WeakMap<DispatchStore, Desk>();

/** The desk that belongs to what a page follows. */
export function deskOf(store: DispatchStore): Desk {
  const known = desks.get(store);
  if (known) return known;
  const word = hashSignal('show');
  const desk: Desk = {
    store,
    me: store.session.userId,
    names: openNames(store.session),
    filters: computed(() => filtersFrom(word.value)),
    setFilters: (filters) => {
      word.value = filterWord(filters);
    },
    search: signal(''),
    cursor: signal(null),
    refused: signal(new Map()),
    asking: signal(null),
    isRaising: signal(false),
    areKeysShown: signal(false),
    alertId: signal(null),
    past: hashSignal('past'),
  };
  desks.set(store, desk);
  return desk;
}
