import './work.css';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { moved, type Shortcut } from '../../shortcuts.ts';
import { SteadyOrder } from '../../steady-order.ts';
import { t } from '../../strings/index.ts';
import { filterWord, fits, NO_FILTERS, standingOf, type WorkItem, workItems } from '../../work-list.ts';
import { Button } from '../ui/button.tsx';
import { act } from './act.ts';
import { type Desk, deskOf } from './desk.ts';
import { PhoneCaller } from './phone-caller.tsx';
import { isSoundOn, setSound } from './sound.ts';
import type { DispatchStore } from './store.ts';
import { useKeys } from './use-keys.ts';
import { WorkFilters } from './work-filters.tsx';
import { revealRow, WorkRows } from './work-rows.tsx';
import { WorkTools } from './work-tools.tsx';

const HOLD_MS = 300_000;

/** Everything that waits for a dispatcher, the most urgent first, and what is done about it by keyboard. */
export function WorkList({ store }: { readonly store: DispatchStore }) {
  const desk = deskOf(store);
  const list = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const order = useRef(new SteadyOrder<WorkItem>());
  const isPointedAt = useSignal(false);
  const isInside = useSignal(false);
  const applied = useSignal(0);

  const all = workItems(store.openSos.value, store.openAlerts.value);
  const filters = desk.filters.value;
  const nameOf = (id: string) => desk.names.known(id)?.name ?? null;
  void desk.names.changed.value;
  const wanted = all.filter((item) => fits(item, filters, desk.search.value, desk.me, nameOf));
  // What somebody asks for moves the list even under their pointer.
  const asked = `${applied.value} ${filterWord(filters)} ${desk.search.value}`;
  const before = useRef(asked);
  const isHeld = (isPointedAt.value || isInside.value) && before.current === asked;
  before.current = asked;
  const { rows, waiting } = order.current.show(wanted, isHeld);
  const ids = rows.map(({ item }) => item.id);

  const open = (item: WorkItem) => {
    desk.cursor.value = item.id;
    if (item.kind === 'sos') store.selectedSosId.value = item.id;
    else desk.alertId.value = item.id;
  };
  const go = (by: 1 | -1) => {
    const to = moved(ids, desk.cursor.value ?? store.selectedSosId.value, by);
    if (to === null || !list.current) return;
    desk.cursor.value = to;
    revealRow(list.current, ids.indexOf(to), to);
  };
  const showNew = () => {
    applied.value += 1;
  };
  useKeys((shortcut) => onKey(shortcut, { desk, go, showNew, search: search.current }));
  useEffect(() => {
    const people = all.flatMap((item) =>
      item.kind === 'sos' ? item.sos.slots.flatMap(({ holderId }) => holderId ?? []) : [],
    );
    desk.names.want(people);
  }, [store.openSos.value]);

  return (
    <div class="work-list">
      <WorkHead desk={desk} all={all} />
      <WorkFilters desk={desk} search={search} />
      <div class="pill" aria-live="polite">
        {waiting > 0 ? (
          <Button look="primary" onPress={showNew} shortcut="u">
            {t('work.new_rows', { n: waiting })}
          </Button>
        ) : null}
      </div>
      {rows.length === 0 ? (
        <Empty desk={desk} isFiltered={all.length > 0} isLoaded={store.isLoaded.value} />
      ) : (
        <WorkRows
          desk={desk}
          list={list}
          rows={rows}
          onOpen={open}
          onPointed={(is) => {
            isPointedAt.value = is;
          }}
          onInside={(is) => {
            isInside.value = is;
          }}
        />
      )}
      <PhoneCaller desk={desk} />
    </div>
  );
}

function WorkHead({ desk, all }: { readonly desk: Desk; readonly all: readonly WorkItem[] }) {
  const needing = all.filter((item) => standingOf(item) === 'needs_you').length;
  return (
    <header class="work-head">
      <h2>
        {t('work.count', { n: all.length })}
        {needing > 0 ? <span class="need"> {t('work.need_you', { n: needing })}</span> : null}
      </h2>
      <WorkTools desk={desk} />
    </header>
  );
}

interface EmptyProps {
  readonly desk: Desk;
  readonly isFiltered: boolean;
  readonly isLoaded: boolean;
}

function Empty({ desk, isFiltered, isLoaded }: EmptyProps) {
  if (!isLoaded) return <p class="empty">{t('work.loading')}</p>;
  if (!isFiltered)
    return (
      <div class="empty">
        <p>
          <strong>{t('work.nothing')}</strong>
        </p>
        <p>{t('work.nothing_hint')}</p>
      </div>
    );
  return (
    <div class="empty">
      <p>{t('work.nothing_fits')}</p>
      <Button
        onPress={() => {
          desk.search.value = '';
          desk.setFilters(NO_FILTERS);
        }}
      >
        {t('work.clear')}
      </Button>
    </div>
  );
}

interface Hands {
  readonly desk: Desk;
  readonly go: (by: 1 | -1) => void;
  readonly showNew: () => void;
  readonly search: HTMLInputElement | null;
}

/** What a key does. False: nothing, so that the browser may. */
function onKey(shortcut: Shortcut, { desk, go, showNew, search }: Hands): boolean {
  const { store } = desk;
  switch (shortcut) {
    case 'next':
    case 'previous':
      go(shortcut === 'next' ? 1 : -1);
      return true;
    case 'open':
      return false;
    case 'close':
      if (desk.isRaising.value) desk.isRaising.value = false;
      else store.selectedSosId.value = null;
      return true;
    case 'search':
      search?.focus();
      return true;
    case 'phone_caller':
      desk.isRaising.value = true;
      return true;
    case 'show_new':
      showNew();
      return true;
    case 'mute':
      setSound(!isSoundOn.value);
      return true;
    case 'past':
      desk.past.value = '';
      return true;
    case 'keys':
      desk.areKeysShown.value = true;
      return true;
    default:
      return onSosKey(shortcut, desk);
  }
}

function onSosKey(shortcut: 'assign' | 'escalate' | 'take_over' | 'hold', desk: Desk): boolean {
  const { openSos, selectedSosId } = desk.store;
  const find = (id: string | null) => openSos.value.find(({ sosId }) => sosId === id);
  const sos = find(desk.cursor.value) ?? find(selectedSosId.value);
  if (!sos) return false;
  if (shortcut === 'assign') desk.asking.value = { what: 'assign', sos };
  if (shortcut === 'escalate') void act(desk, sos, { kind: 'sos.escalate' });
  if (shortcut === 'take_over') void act(desk, sos, { kind: 'sos.take_over' });
  if (shortcut === 'hold')
    void act(
      desk,
      sos,
      sos.holdUntilMs === null ? { kind: 'sos.hold', forMs: HOLD_MS } : { kind: 'sos.unhold' },
    );
  return true;
}
