/** One line of the text that Prometheus reads. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads the text format of Prometheus. Throws at a line that is not of it. */
export function parseExposition(text: string): Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parseLine);
}

/** The names that a query may use: of the families, and of the parts of histograms and summaries. */
export function queryableNames(text: string): ReadonlySet<string> {
  const families = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  const names = families.flatMap(([, name = '', type = '']) => [name, ...partsOf(name, type)]);
  return new Set(names);
}

/** The value of one sample; 0 where nothing was counted yet. */
export function sampleValue(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const wanted = Object.entries(labels);
  const fits = (sample: Sample): boolean =>
    sample.name === name && wanted.every(([label, value]) => sample.labels[label] === value);
  return samples.filter(fits).reduce((sum, { value }) => sum + value, 0);
}

function partsOf(name: string, type: string): string[] {
  if (type === 'histogram') return ['_bucket', '_sum', '_count'].map((part) => name + part);
  return type === 'summary' ? ['_sum', '_count'].map((part) => name + part) : [];
}

const LINE = /^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

function parseLine(line: string): Sample {
  const { name, labels = '', value } = LINE.exec(line)?.groups ?? {};
  if (name === undefined || value === undefined) throw new Error(`not a sample: ${line}`);
  const pairs = [...labels.matchAll(LABEL)].map(([, label = '', text = '']) => [label, text]);
  return { name, labels: Object.fromEntries(pairs), value: Number(value) };
}
