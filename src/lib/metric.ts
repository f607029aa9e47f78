/** Counters, gauges and durations, by name and labels. Labels hold codes and reasons, never ids of people. */
export interface Metrics {
  count(name: string, labels?: Labels, by?: number): void;
  gauge(name: string, value: number, labels?: Labels): void;
  observeMs(name: string, valueMs: number, labels?: Labels): void;
}

export type Labels = Readonly<Record<string, string>>;

export const noMetrics: Metrics = { count: () => {}, gauge: () => {}, observeMs: () => {} };
