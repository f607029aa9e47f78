import type { Ref } from 'preact';
import { t } from '../../strings/index.ts';
import { type Filters, PRIORITIES, STANDINGS, TYPES } from '../../work-list.ts';
import type { Desk } from './desk.ts';

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly all: string;
  readonly value: T | null;
  readonly options: readonly T[];
  readonly words: (option: T) => string;
  readonly onChoose: (value: T | null) => void;
}

function Choice<T extends string>({ label, all, value, options, words, onChoose }: ChoiceProps<T>) {
  return (
    <select
      aria-label={label}
      value={value ?? ''}
      data-set={String(value !== null)}
      onChange={({ currentTarget }) =>
        onChoose(options.find((option) => option === currentTarget.value) ?? null)
      }
    >
      <option value="">{all}</option>
      {options.map((option) => (
        <option key={option} value={option}>
          {words(option)}
        </option>
      ))}
    </select>
  );
}

/** What of the work list is shown. */
export function WorkFilters({
  desk,
  search,
}: {
  readonly desk: Desk;
  readonly search: Ref<HTMLInputElement>;
}) {
  const filters = desk.filters.value;
  const set = (change: Partial<Filters>) => desk.setFilters({ ...filters, ...change });
  return (
    <search class="work-filters" aria-label={t('work.filters')}>
      <input
        ref={search}
        type="search"
        aria-label={t('work.search')}
        aria-keyshortcuts="/"
        placeholder={t('work.search_hint')}
        value={desk.search.value}
        onInput={({ currentTarget }) => {
          desk.search.value = currentTarget.value;
        }}
      />
      <div class="choices">
        <Choice
          label={t('work.standing')}
          all={t('work.standing_all')}
          value={filters.standing}
          options={STANDINGS}
          words={(one) => t(`work.standing_${one}`)}
          onChoose={(standing) => set({ standing })}
        />
        <Choice
          label={t('work.priority')}
          all={t('work.priority_all')}
          value={filters.priority}
          options={PRIORITIES}
          words={(one) => t(`work.priority_${one}`)}
          onChoose={(priority) => set({ priority })}
        />
        <Choice
          label={t('work.type')}
          all={t('work.type_all')}
          value={filters.type}
          options={TYPES}
          words={(one) => t(`work.type_${one}`)}
          onChoose={(type) => set({ type })}
        />
        <button
          type="button"
          class="button chip"
          aria-pressed={filters.mine}
          onClick={() => set({ mine: !filters.mine })}
        >
          {t('work.mine')}
        </button>
        <button
          type="button"
          class="button chip"
          aria-pressed={filters.drills}
          onClick={() => set({ drills: !filters.drills })}
        >
          {t('work.drills')}
        </button>
      </div>
    </search>
  );
}
