import { useEffect, useRef } from 'preact/hooks';
import type { CareRow } from '../../../client/index.ts';
import { isSilent, tileTone } from '../../care-wall.ts';
import { scoreLook } from '../../news2.ts';
import { t, tFor } from '../../strings/index.ts';
import { severityRank, toneOfSeverity, type VitalCell, vitalCells } from '../../vital-signs.ts';
import { Badge } from '../ui/badge.tsx';
import { Age } from '../ui/times.tsx';
import { Spark } from './spark.tsx';
import { type CareStore, slowNowMs } from './store.ts';

interface TileProps {
  readonly store: CareStore;
  readonly row: CareRow;
}

/** How one person is, to be read from across a room. */
export function Tile({ store, row }: TileProps) {
  const tile = useRef<HTMLLIElement>(null);
  const { personId } = row;
  useEffect(() => whenInSight(tile.current, () => store.sparks.want(personId)), [store, personId]);
  const now = slowNowMs.value;
  const name = store.names.of(personId);
  return (
    <li ref={tile} class="tile" data-tone={tileTone(row, now)} data-person={personId}>
      <header>
        <h3>
          <button
            type="button"
            aria-label={t('care.open_patient', { name })}
            onClick={() => {
              store.patient.value = personId;
            }}
          >
            {name}
          </button>
        </h3>
        <ScoreMark row={row} />
      </header>
      <dl>
        {vitalCells(row, now).map((cell) => (
          <Value key={cell.vital} store={store} personId={personId} cell={cell} />
        ))}
      </dl>
      <TileFoot row={row} now={now} />
    </li>
  );
}

function ScoreMark({ row: { news2 } }: { readonly row: CareRow }) {
  const { tone, text, words, isStale } = scoreLook(news2, slowNowMs.value);
  return (
    <p class="score" data-tone={tone} data-stale={String(isStale)}>
      <span class="what">{t('care.news2')}</span> <b>{text}</b> <span class="words">{words}</span>
    </p>
  );
}

function Value({
  store,
  personId,
  cell,
}: {
  readonly store: CareStore;
  readonly personId: string;
  readonly cell: VitalCell;
}) {
  const { vital, text, unit, atMs, isStale, tone } = cell;
  return (
    <div class="value" data-tone={tone ?? 'none'} data-stale={String(isStale)} data-vital={vital}>
      <dt>
        {tFor('care', vital)} <span class="unit">{unit}</span>
      </dt>
      <dd>
        {text === null ? <span class="none">{t('care.no_value')}</span> : <b>{text}</b>}
        <Spark lines={store.sparks.of(personId)} vital={vital} />
        {atMs === null ? null : (
          <span class="when">
            {isStale ? `${t('care.value_old')} ` : ''}
            <Age sinceMs={atMs} />
          </span>
        )}
      </dd>
    </div>
  );
}

/** What numbers don't say: alerts, oxygen, consciousness, and that nothing comes. */
function TileFoot({ row, now }: { readonly row: CareRow; readonly now: number }) {
  const { alerts, values } = row;
  const [worst] = [...alerts].sort((a, b) => severityRank(b.severity) - severityRank(a.severity));
  const consciousness = values.consciousness?.value;
  const reduced = typeof consciousness === 'string' ? tFor('care', `consciousness_${consciousness}`) : null;
  return (
    <footer>
      {worst ? (
        <Badge tone={toneOfSeverity(worst.severity)} strong={worst.state === 'open'}>
          {worst.title}
        </Badge>
      ) : null}
      {alerts.length > 1 ? <Badge>{t('care.tile_alerts', { n: alerts.length })}</Badge> : null}
      {reduced ? <Badge tone="critical">{reduced}</Badge> : null}
      {values.onOxygen?.value === true ? <Badge tone="busy">{t('care.on_oxygen')}</Badge> : null}
      {isSilent(row, now) ? <Badge tone="high">{t('care.silent')}</Badge> : null}
    </footer>
  );
}

function whenInSight(element: Element | null, then: () => void): () => void {
  if (!element) return () => {};
  const observer = new IntersectionObserver((seen) => {
    if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
    observer.disconnect();
    then();
  });
  observer.observe(element);
  return () => observer.disconnect();
}
