/** What a canvas needs of the colours of the page, as they are now, light or dark. */
export interface Colours {
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly accent: string;
  readonly band: string;
  readonly critical: string;
  readonly high: string;
  readonly medium: string;
  readonly low: string;
}

const NAMES = {
  ink: '--ink',
  soft: '--soft',
  line: '--line',
  accent: '--accent',
  band: '--accent-soft',
  critical: '--critical',
  high: '--high',
  medium: '--medium',
  low: '--low',
} as const;

/** A custom property itself holds both colours; what it comes to shows only where it is used. */
export function coloursOf(element: HTMLElement): Colours {
  const probe = document.createElement('i');
  element.append(probe);
  const read = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const entries = Object.entries(NAMES).map(([key, name]) => [key, read(name)]);
  probe.remove();
  return Object.fromEntries(entries) as unknown as Colours;
}
