import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Band } from '../../../chart-band.ts';
import { axisText } from '../../../strings/format.ts';
import { isDark } from '../../ui/theme.tsx';
import { type Colours, coloursOf } from './colours.ts';
import { type Limit, type Mark, paintDoubts, paintLimits, paintMarks } from './paint.ts';

interface ChartProps {
  /** Said instead of the picture. */
  readonly label: string;
  readonly band: Band;
  readonly fromMs: number;
  readonly toMs: number;
  readonly range: readonly [number, number];
  readonly limits: readonly Limit[];
  readonly marks: readonly Mark[];
  /** Values hold until the next one, as scores do. */
  readonly stepped?: boolean;
  readonly onZoom: (fromMs: number, toMs: number) => void;
}

const HEIGHT_PX = 150;
/** Charts of one page show the same moment under the pointer. */
const SYNC = 'patient';
const LEAST_DRAG_PX = 12;

/** The lowest to the highest as a band, the last value as a line, drawn by uPlot on a canvas. */
export function Chart(props: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const newest = useRef(props);
  newest.current = props;
  const dark = isDark();
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const made = new uPlot(optionsOf(element, newest), dataOf(props.band), element);
    plot.current = made;
    const observer = new ResizeObserver(() =>
      made.setSize({ width: element.clientWidth, height: HEIGHT_PX }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [dark, props.stepped]);
  useEffect(() => {
    plot.current?.setData(dataOf(props.band));
  }, [props.band, props.fromMs, props.toMs, props.limits, props.marks]);
  return <div ref={host} class="chart" role="img" aria-label={props.label} />;
}

const dataOf = ({ x, low, high, last }: Band): uPlot.AlignedData => [x, low, high, last];

function optionsOf(element: HTMLElement, newest: { readonly current: ChartProps }): uPlot.Options {
  const colours = coloursOf(element);
  const font = `12px ${getComputedStyle(element).fontFamily}`;
  const axis = {
    stroke: colours.soft,
    font,
    grid: { stroke: colours.line, width: 1 },
    ticks: { stroke: colours.line, width: 1 },
  };
  const isStepped = newest.current.stepped === true;
  const stepped = isStepped && uPlot.paths.stepped ? { paths: uPlot.paths.stepped({ align: 1 }) } : {};
  return {
    width: Math.max(1, element.clientWidth),
    height: HEIGHT_PX,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: SYNC }, drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
    scales: {
      x: { range: () => [newest.current.fromMs / 1_000, newest.current.toMs / 1_000] },
      y: { range: () => [...newest.current.range] as [number, number] },
    },
    axes: [
      { ...axis, values: timeLabels },
      { ...axis, size: 44 },
    ],
    bands: [{ series: [2, 1], fill: colours.band }],
    series: [{}, ...linesOf(colours, stepped, isStepped)],
    hooks: {
      drawClear: [(u) => paintLimits(u, newest.current.limits, colours)],
      draw: [
        (u) => paintMarks(u, newest.current.marks, colours),
        (u) => paintDoubts(u, newest.current.band, colours),
      ],
      setSelect: [
        (u) => {
          const { left, width } = u.select;
          if (width < LEAST_DRAG_PX) return;
          newest.current.onZoom(u.posToVal(left, 'x') * 1_000, u.posToVal(left + width, 'x') * 1_000);
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

/** By the clock of the device, with the day where days are shown. */
const timeLabels = (plot: uPlot, splits: number[]): string[] => {
  const spanMs = ((plot.scales.x?.max ?? 0) - (plot.scales.x?.min ?? 0)) * 1_000;
  return splits.map((atS) => axisText(atS * 1_000, spanMs));
};

function linesOf({ accent, band }: Colours, stepped: object, isStepped: boolean): uPlot.Series[] {
  const edge = { stroke: isStepped ? 'transparent' : band, width: 1, points: { show: false } };
  return [edge, edge, { stroke: accent, width: 1.75, ...stepped }];
}
