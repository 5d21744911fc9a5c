// Pure.
/**
 * Prometheus' text format, version 0.0.4.
 *
 * @module
 */

/** The content type of the response. */
export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export type Labels = Readonly<Record<string, string>>;

/** One value. For a histogram, `suffix` names its series. */
export interface MetricSample {
  /** `_bucket`, `_sum`, `_count` of a histogram. */
  readonly suffix?: "_bucket" | "_sum" | "_count";
  readonly labels: Labels;
  readonly value: number;
}

/** All samples of one metric. */
export interface MetricFamily {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: readonly MetricSample[];
}

/** Renders the families. Those without a sample are left out. */
export function exposition(families: readonly MetricFamily[]): string {
  return families.filter(({ samples }) => samples.length > 0).map(familyText).join("");
}

function familyText({ name, type, help, samples }: MetricFamily): string {
  return `# HELP ${name} ${escaped(help, /[\\\n]/g)}\n# TYPE ${name} ${type}\n` +
    samples.map(({ suffix = "", labels, value }) =>
      `${name}${suffix}${labelText(labels)} ${numberText(value)}\n`
    ).join("");
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value, /[\\\n"]/g)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(text: string, special: RegExp): string {
  return text.replaceAll(special, (one) => one === "\n" ? "\\n" : `\\${one}`);
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  return String(value);
}

/** A histogram's samples. */
export interface Histogram {
  /** Ascending upper bounds. */
  readonly bounds: readonly number[];
  /**
   * The number of observations in each bucket, not cumulative; the last bucket is above all bounds.
   */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** Adds an observation. */
export function observed({ bounds, counts, sum }: Histogram, value: number): Histogram {
  const found = bounds.findIndex((bound) => value <= bound);
  const at = found < 0 ? bounds.length : found;
  return { bounds, counts: counts.map((n, i) => n + Number(i === at)), sum: sum + value };
}

export function histogramSamples(
  { bounds, counts, sum }: Histogram,
  labels: Labels,
): readonly MetricSample[] {
  let total = 0;
  const buckets = counts.map((count, index): MetricSample => {
    total += count;
    const le = index < bounds.length ? String(bounds[index]) : "+Inf";
    return { suffix: "_bucket", labels: { ...labels, le }, value: total };
  });
  return [
    ...buckets,
    { suffix: "_sum", labels, value: sum },
    { suffix: "_count", labels, value: total },
  ];
}
