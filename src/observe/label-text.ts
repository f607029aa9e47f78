import type { Labels } from '../lib/metric.ts';

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

const escaped = (value: string): string => value.replace(/[\\"\n]/g, (char) => ESCAPES[char] ?? char);

/** Labels as Prometheus writes them between the braces. The same labels in another order are the same text. */
export function labelText(labels: Labels | undefined): string {
  if (labels === undefined) return '';
  return Object.keys(labels)
    .sort()
    .map((name) => `${name}="${escaped(labels[name] ?? '')}"`)
    .join(',');
}
