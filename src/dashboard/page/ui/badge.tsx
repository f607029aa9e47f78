import type { ComponentChildren } from 'preact';

export type Tone = 'critical' | 'high' | 'medium' | 'low' | 'good' | 'busy' | 'plain';

interface BadgeProps {
  readonly tone?: Tone;
  /** Filled instead of tinted: for the one thing that must be seen first. */
  readonly strong?: boolean;
  readonly children: ComponentChildren;
}

export const Badge = ({ tone = 'plain', strong = false, children }: BadgeProps) => (
  <span class="badge" data-tone={tone} data-strong={String(strong)}>
    {children}
  </span>
);
