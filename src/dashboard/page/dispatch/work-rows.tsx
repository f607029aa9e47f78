import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { partInSight, type Steady, scrollFor } from '../../steady-order.ts';
import { t } from '../../strings/index.ts';
import type { WorkItem } from '../../work-list.ts';
import type { Desk } from './desk.ts';
import { WorkRow } from './work-row.tsx';

/** As high as a row is in work.css. */
const ROW_PX = 92;

interface RowsProps {
  readonly desk: Desk;
  readonly list: RefObject<HTMLDivElement | null>;
  readonly rows: Steady<WorkItem>['rows'];
  readonly onOpen: (item: WorkItem) => void;
  readonly onPointed: (is: boolean) => void;
  readonly onInside: (is: boolean) => void;
}

/** The rows in sight of however many there are. */
export function WorkRows({ desk, list, rows, onOpen, onPointed, onInside }: RowsProps) {
  const scrollTopPx = useSignal(0);
  const heightPx = useSignal(800);
  const room = useRef<HTMLOListElement>(null);
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const sized = new ResizeObserver(() => {
      heightPx.value = element.clientHeight;
    });
    sized.observe(element);
    return () => {
      sized.disconnect();
      onPointed(false);
      onInside(false);
    };
  }, []);
  const { from, to, abovePx, belowPx } = partInSight(rows.length, ROW_PX, scrollTopPx.value, heightPx.value);
  useLayoutEffect(() => {
    if (!room.current) return;
    room.current.style.paddingTop = `${abovePx}px`;
    room.current.style.paddingBottom = `${belowPx}px`;
  }, [abovePx, belowPx]);
  const current = desk.store.selectedSosId.value;
  return (
    <div
      ref={list}
      class="work-rows"
      onScroll={({ currentTarget }) => {
        scrollTopPx.value = currentTarget.scrollTop;
      }}
      onPointerEnter={() => onPointed(true)}
      onPointerLeave={() => onPointed(false)}
      onFocusIn={() => onInside(true)}
      onFocusOut={({ currentTarget, relatedTarget }) => {
        if (!(relatedTarget instanceof Node && currentTarget.contains(relatedTarget))) onInside(false);
      }}
    >
      <ol ref={room} aria-label={t('work.title')}>
        {rows.slice(from, to).map(({ item, isGone }, i) => (
          <WorkRow
            key={item.id}
            desk={desk}
            item={item}
            isGone={isGone}
            isCurrent={item.id === current}
            place={from + i + 1}
            count={rows.length}
            onOpen={() => onOpen(item)}
          />
        ))}
      </ol>
    </div>
  );
}

/** Scrolls no farther than it takes, and puts the focus on the row once it is there. */
export function revealRow(list: HTMLDivElement, index: number, id: string): void {
  const top = scrollFor(index, ROW_PX, list.scrollTop, list.clientHeight);
  if (top !== null) list.scrollTop = top;
  requestAnimationFrame(() =>
    requestAnimationFrame(() =>
      list.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`)?.focus({ preventScroll: true }),
    ),
  );
}
