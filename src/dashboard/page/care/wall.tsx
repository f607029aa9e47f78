import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../strings/index.ts';
import { Button } from '../ui/button.tsx';
import { useHold } from '../ui/hold.ts';
import type { CareStore } from './store.ts';
import { Tile } from './tile.tsx';

/** A tile for everybody one cares for. */
export function Wall({ store }: { readonly store: CareStore }) {
  const hold = useHold();
  const grid = useRef<HTMLUListElement>(null);
  const people = store.people.value;
  const byId = new Map(people.map((row) => [row.personId, row]));
  const { ids, moved } = hold.order(people.map(({ personId }) => personId));
  const isWall = store.wall.value !== null;
  useColumns(grid, isWall ? people.length : null);
  if (!store.isLoaded.value) return <p class="empty">{t('care.loading')}</p>;
  if (people.length === 0) return <p class="empty">{t('care.nobody')}</p>;
  return (
    <section class="wall" aria-labelledby="wall-title">
      <header hidden={isWall}>
        <h2 id="wall-title">{t('care.patients', { n: people.length })}</h2>
        <p class="soft small" role="status">
          {moved > 0 ? t('care.held', { n: moved }) : ''}
        </p>
        <Button
          title={t('care.wall_enter_help')}
          onPress={() => {
            store.wall.value = '';
          }}
        >
          {t('care.wall_enter')}
        </Button>
      </header>
      <ul ref={grid} class="tiles" {...hold.at}>
        {ids.map((id) => {
          const row = byId.get(id);
          return row ? <Tile key={id} store={store} row={row} /> : null;
        })}
      </ul>
    </section>
  );
}

/** Tiles are about so much wider than high. */
const TILE_RATIO = 1.2;

/** On a wall as many columns as make the tiles as large as they setColumns. Set through CSSOM, which the page's policy allows. */
function useColumns(grid: { readonly current: HTMLElement | null }, tiles: number | null): void {
  useEffect(() => {
    const setColumns = () => {
      const element = grid.current;
      if (!element) return;
      if (tiles === null || tiles === 0) {
        element.style.removeProperty('--columns');
        return;
      }
      const { clientWidth: width } = document.documentElement;
      const height = Math.max(1, document.documentElement.clientHeight - element.offsetTop);
      const wide = Math.sqrt((tiles * width) / (height * TILE_RATIO));
      const narrowest = Math.max(1, Math.floor(width / 230));
      element.style.setProperty('--columns', String(Math.max(1, Math.min(narrowest, Math.ceil(wide)))));
    };
    setColumns();
    addEventListener('resize', setColumns);
    return () => removeEventListener('resize', setColumns);
  }, [tiles, grid]);
}
