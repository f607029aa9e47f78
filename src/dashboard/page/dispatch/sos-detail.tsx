import { shortId } from '../../words.ts';
import type { DispatchStore } from './store.ts';

export const SosDetail = ({ store }: { readonly store: DispatchStore }) => (
  <h2>{shortId(store.selectedSosId.value ?? '')}</h2>
);
