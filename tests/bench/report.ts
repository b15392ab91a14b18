import type { Column, Load, Sample } from "./loads/load.ts";

/** All runs of one server under one load. */
export type Result = { readonly server: string; readonly samples: readonly Sample[] };
export type Row = { readonly load: Load; readonly results: readonly Result[] };

export type Spread = { readonly median: number; readonly min: number; readonly max: number };

function spreadOf(samples: readonly Sample[], key: string): Spread | null {
  const values = samples
    .map((sample) => sample[key] ?? Number.NaN)
    .filter((value) => !Number.isNaN(value))
    .sort((a, b) => a - b);
  const [min, max] = [values[0], values.at(-1)];
  if (min === undefined || max === undefined) return null;
  const middle = values.length >> 1;
  const upper = values[middle] ?? max;
  const median = values.length % 2 === 1 ? upper : ((values[middle - 1] ?? min) + upper) / 2;
  return { median, min, max };
}

function cellOf(samples: readonly Sample[], { key, digits }: Column): string {
  const spread = spreadOf(samples, key);
  if (spread === null) return "–";
  const { median, min, max } = spread;
  const text = (value: number) => value.toFixed(digits);
  if (samples.length === 1 || text(min) === text(max)) return text(median);
  return `${text(median)} (${text(min)}–${text(max)})`;
}

/** How many times the relay's cost a server's is, in the same run. */
function ratioToRelay({ load, results }: Row, server: string): number | null {
  if (load.compared === null) return null;
  const of = (name: string) => {
    const result = results.find((candidate) => candidate.server === name);
    return result === undefined ? null : spreadOf(result.samples, load.compared ?? "");
  };
  const [own, relay] = [of(server), of("relay")];
  return own === null || relay === null ? null : own.median / relay.median;
}

/** A Markdown table of all loads, by what each is about. */
export function summaryOf(rows: readonly Row[]): string {
  const servers = [...new Set(rows.flatMap(({ results }) => results.map(({ server }) => server)))];
  const lines = rows.map(({ load, results }) => {
    const columns = load.headline.flatMap((key) => load.columns.find((it) => it.key === key) ?? []);
    const cells = servers.map((server) => {
      const samples = results.find((result) => result.server === server)?.samples;
      if (samples === undefined) return "";
      return columns
        .map(({ key, digits }) => spreadOf(samples, key)?.median.toFixed(digits) ?? "–")
        .join(" · ");
    });
    return [load.title, columns.map(({ title }) => title).join(" · "), ...cells];
  });
  const head = ["load", "shown", ...servers];
  return markdownOf(head, lines);
}

/** A Markdown table of one load. */
export function tableOf(row: Row): string {
  const { load, results } = row;
  const hasRatio = load.compared !== null && results.some(({ server }) => server === "relay");
  const head = ["", ...load.columns.map(({ title }) => title), ...(hasRatio ? ["× relay"] : [])];
  const lines = results.map(({ server, samples }) => [
    server,
    ...load.columns.map((column) => cellOf(samples, column)),
    ...(hasRatio ? [(ratioToRelay(row, server) ?? Number.NaN).toFixed(2)] : []),
  ]);
  return [`### ${load.title}`, "", markdownOf(head, lines)].join("\n");
}

function markdownOf(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const lineOf = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [lineOf(head), rule, ...lines.map(lineOf)].join("\n");
}
