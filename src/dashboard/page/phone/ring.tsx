import type { ComponentChildren } from 'preact';

interface RingProps {
  /** How much of it is drawn, 0 to 1. */
  readonly part: number;
  readonly children: ComponentChildren;
}

const R = 46;
const AROUND = 2 * Math.PI * R;

/** A ring that fills or empties around what it is about. */
export const Ring = ({ part, children }: RingProps) => (
  <div class="ring">
    <svg viewBox="0 0 100 100" aria-hidden="true">
      <circle class="track" cx={50} cy={50} r={R} />
      <circle
        class="part"
        cx={50}
        cy={50}
        r={R}
        stroke-dasharray={`${AROUND}`}
        stroke-dashoffset={`${AROUND * (1 - part)}`}
        transform="rotate(-90 50 50)"
      />
    </svg>
    <div>{children}</div>
  </div>
);
