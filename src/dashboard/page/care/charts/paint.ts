import type uPlot from 'uplot';
import type { Band } from '../../../chart-band.ts';
import type { Colours } from './colours.ts';

/** A limit as it is drawn: a dashed line, and a tint beyond it. */
export interface Limit {
  readonly value: number;
  readonly side: 'low' | 'high';
  readonly isCritical: boolean;
}

/** Something that happened at a moment, as a line from top to bottom. */
export interface Mark {
  readonly atMs: number;
  readonly tone: 'critical' | 'high' | 'medium' | 'low';
}

const DASH = [6, 4];
const TINT = 0.1;
const FLAG_PX = 5;

/** Dashed lines at limits, and a tint beyond those that are critical. */
export function paintLimits(plot: uPlot, limits: readonly Limit[], colours: Colours): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { value, side, isCritical } of limits) {
    const y = plot.valToPos(value, 'y', true);
    const colour = isCritical ? colours.critical : colours.high;
    ctx.strokeStyle = colour;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash(DASH.map((px) => px * devicePixelRatio));
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    if (!isCritical) continue;
    ctx.globalAlpha = TINT;
    ctx.fillStyle = colour;
    if (side === 'high') ctx.fillRect(bbox.left, bbox.top, bbox.width, y - bbox.top);
    else ctx.fillRect(bbox.left, y, bbox.width, bbox.top + bbox.height - y);
    ctx.globalAlpha = 1;
  }
  ctx.restore();
}

/** Alerts: a line with a flag on top. */
export function paintMarks(plot: uPlot, marks: readonly Mark[], colours: Colours): void {
  const { ctx, bbox } = plot;
  const size = FLAG_PX * devicePixelRatio;
  ctx.save();
  for (const { atMs, tone } of marks) {
    const x = plot.valToPos(atMs / 1_000, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = colours[tone];
    ctx.fillStyle = colours[tone];
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(x - size, bbox.top);
    ctx.lineTo(x + size, bbox.top);
    ctx.lineTo(x, bbox.top + size * 1.5);
    ctx.fill();
  }
  ctx.restore();
}

const CROSS_PX = 4;

/** What is not believed, as a cross where it was measured, or at the edge of the chart it lies beyond. */
export function paintDoubts(plot: uPlot, { x, doubted }: Band, { high }: Colours): void {
  const { ctx, bbox } = plot;
  const size = CROSS_PX * devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = high;
  ctx.lineWidth = 2 * devicePixelRatio;
  for (const [i, value] of doubted.entries()) {
    const atS = x[i];
    if (value === null || atS === undefined) continue;
    const left = plot.valToPos(atS, 'x', true);
    const at = plot.valToPos(value, 'y', true);
    const top = Math.max(bbox.top + size, Math.min(bbox.top + bbox.height - size, at));
    ctx.beginPath();
    ctx.moveTo(left - size, top - size);
    ctx.lineTo(left + size, top + size);
    ctx.moveTo(left + size, top - size);
    ctx.lineTo(left - size, top + size);
    ctx.stroke();
  }
  ctx.restore();
}
