import { assert } from '../lib/assert.ts';
import type { Metrics } from '../lib/metric.ts';
import { labelText } from './label-text.ts';

/** Upper bounds in milliseconds: from one memory lookup to the patience of a person. */
export const BUCKETS_MS = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000,
] as const;

/** What can be asked of the metrics: the page that Prometheus reads. */
export interface MetricsPage extends Metrics {
  /** The text exposition format, version 0.0.4. */
  text(): string;
}

export interface MetricsOptions {
  /** Before every name. */
  readonly prefix?: string;
  /** Label sets kept per name; what comes with another one is only counted as dropped. */
  readonly labelSetsMax?: number;
}

type Type = 'counter' | 'gauge' | 'histogram';

interface Histogram {
  /** One more than there are bounds: the last is what was above all of them. */
  readonly counts: number[];
  sum: number;
}

interface Family {
  readonly type: Type;
  readonly numbers: Map<string, number>;
  readonly histograms: Map<string, Histogram>;
}

const NAME = /^[a-z][a-z0-9_]*$/;
const DROPPED = 'metrics_dropped';

/**
 * Metrics in memory. Counters appear as `<prefix>_<name>_total`, whether their name ends so or not, the rest as `<prefix>_<name>`. Bounded: a name takes
 * only so many label sets, and what is dropped appears in `<prefix>_metrics_dropped_total`.
 */
export function openMetrics({ prefix = 'muster', labelSetsMax = 200 }: MetricsOptions = {}): MetricsPage {
  const families = new Map<string, Family>();

  const familyOf = (name: string, type: Type): Family => {
    let family = families.get(name);
    if (!family) {
      assert(NAME.test(name), `"${name}" is a metric's name`);
      family = { type, numbers: new Map(), histograms: new Map() };
      families.set(name, family);
    }
    assert(family.type === type, `the metric ${name} is a ${family.type}, not also a ${type}`);
    return family;
  };

  const hasRoom = (name: string, series: ReadonlyMap<string, unknown>, key: string): boolean => {
    if (series.has(key) || series.size < labelSetsMax) return true;
    add(DROPPED, labelText({ metric: name }), 1);
    return false;
  };

  const add = (name: string, key: string, by: number): void => {
    const { numbers } = familyOf(name, 'counter');
    // Its label is a name of the code, so the counter of what was dropped is bounded by itself.
    if (name === DROPPED || hasRoom(name, numbers, key)) numbers.set(key, (numbers.get(key) ?? 0) + by);
  };

  const observe = (name: string, key: string, value: number): void => {
    const { histograms } = familyOf(name, 'histogram');
    if (!hasRoom(name, histograms, key)) return;
    let histogram = histograms.get(key);
    if (!histogram) {
      histogram = { counts: new Array(BUCKETS_MS.length + 1).fill(0), sum: 0 };
      histograms.set(key, histogram);
    }
    const found = BUCKETS_MS.findIndex((bound) => value <= bound);
    const bucket = found === -1 ? BUCKETS_MS.length : found;
    histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
    histogram.sum += value;
  };

  return {
    count(name, labels, by = 1) {
      if (by >= 0) add(name, labelText(labels), by);
    },
    gauge(name, value, labels) {
      const { numbers } = familyOf(name, 'gauge');
      const key = labelText(labels);
      if (hasRoom(name, numbers, key)) numbers.set(key, value);
    },
    observeMs(name, valueMs, labels) {
      if (!Number.isNaN(valueMs)) observe(name, labelText(labels), valueMs);
    },
    text: () => [...families].map(([name, family]) => familyText(`${prefix}_${name}`, family)).join(''),
  };
}

function familyText(base: string, { type, numbers, histograms }: Family): string {
  const name = type === 'counter' && !base.endsWith('_total') ? `${base}_total` : base;
  const lines = [`# TYPE ${name} ${type}`];
  for (const [key, value] of numbers) lines.push(`${name}${braced(key)} ${numberText(value)}`);
  for (const [key, histogram] of histograms) lines.push(...histogramLines(name, key, histogram));
  return `${lines.join('\n')}\n`;
}

function histogramLines(name: string, key: string, { counts, sum }: Histogram): string[] {
  let total = 0;
  const buckets = counts.map((count, index) => {
    total += count;
    const le = labelText({ le: numberText(BUCKETS_MS[index] ?? Number.POSITIVE_INFINITY) });
    return `${name}_bucket${braced(key === '' ? le : `${key},${le}`)} ${total}`;
  });
  return [...buckets, `${name}_sum${braced(key)} ${numberText(sum)}`, `${name}_count${braced(key)} ${total}`];
}

const braced = (key: string): string => (key === '' ? '' : `{${key}}`);

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
