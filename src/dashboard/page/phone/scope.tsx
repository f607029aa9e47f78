import type { LatLng } from '../../../geo/lat-lng.ts';
import { scopeOf } from '../../scope.ts';
import { distanceText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';

interface Mark {
  readonly id: string;
  readonly at: LatLng;
  readonly label: string;
  readonly tone: 'requester' | 'helper' | 'self';
}

interface ScopeProps {
  readonly middle: LatLng;
  readonly middleLabel: string;
  readonly around: readonly Mark[];
}

const SIZE = 100;

/** Who is where around a place, drawn without a map: it needs no connection and no tiles. */
export function ScopePicture({ middle, middleLabel, around }: ScopeProps) {
  const { radiusM, rings, points } = scopeOf(middle, around);
  const edge = t('phone.scope', { distance: distanceText(radiusM) });
  return (
    <figure class="scope">
      <svg
        viewBox={`${-SIZE - 8} ${-SIZE - 8} ${2 * SIZE + 16} ${2 * SIZE + 16}`}
        role="img"
        aria-label={edge}
      >
        {rings.map((ring) => (
          <circle key={ring} class="circle" r={(SIZE * ring) / radiusM} />
        ))}
        <path class="north" d={`M0 ${-SIZE - 6} l5 9 h-10 z`} />
        {points.map(({ of, x, y }) => (
          <line key={of.id} class="way" x1={x * SIZE} y1={y * SIZE} x2={0} y2={0} />
        ))}
        <circle class="middle" r={6} />
        <text y={18}>{middleLabel}</text>
        {points.map(({ of, x, y }) => (
          <g key={of.id} class="mark" data-tone={of.tone} transform={`translate(${x * SIZE} ${y * SIZE})`}>
            <circle r={6} />
            <text y={y > 0.7 ? -10 : 16}>{of.label}</text>
          </g>
        ))}
      </svg>
      <figcaption class="soft small">{edge}</figcaption>
    </figure>
  );
}
