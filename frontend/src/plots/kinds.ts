import * as Plot from "@observablehq/plot";
import { closeTicks, number, position, rounded } from "./format";
import type { Bars, DotsInterval, Heatmap, Histogram, LineBand, Promises, Spec } from "./spec";
import { columnsOf } from "./table";

const ACCENT = "var(--accent)";
const WARN = "var(--warn)";
const QUIET = "var(--ink-2)";
const GRID = { stroke: "var(--line)", strokeOpacity: 1 };
const LIMIT = { stroke: QUIET, strokeDasharray: "3,3" };
const ROW = 26;

/** Plot's options for one picture of the given width in CSS pixels. */
export function optionsFor(spec: Spec, width: number): Plot.PlotOptions {
  switch (spec.kind) {
    case "bars":
      return bars(spec, width);
    case "line-band":
      return lineBand(spec, width);
    case "dots-interval":
      return dotsInterval(spec, width);
    case "heatmap":
      return heatmap(spec, width);
    case "promises":
      return promises(spec, width);
    case "histogram":
      return histogram(spec, width);
  }
}

function bars(spec: Bars, width: number): Plot.PlotOptions {
  const rows = shortened(spec.rows, width);
  return {
    ...rowed(spec, rows.map((row) => row.short), width),
    x: { label: spec.x_label ?? null, tickFormat: ticks(spec), zero: true, nice: true, ticks: width / 90 },
    marks: [
      Plot.gridX(GRID),
      Plot.barX(rows, { x: "value", y: "short", fill: (row) => (row.flagged ? "warn" : "accent"), href: "href", rx: 2, insetTop: 3, insetBottom: 3, title: (row) => `${row.label}: ${number(row.value, spec.percent)}` }),
      ...(spec.limit === undefined ? [] : [Plot.ruleX([spec.limit], LIMIT)]),
    ],
    color: flags(),
  };
}

function dotsInterval(spec: DotsInterval, width: number): Plot.PlotOptions {
  const rows = shortened(spec.rows, width);
  const colour = (row: { flagged?: boolean }): string => (row.flagged ? "warn" : "accent");
  const title = (row: DotsInterval["rows"][number]): string =>
    `${row.label}: ${number(row.value, spec.percent)} (${number(row.low, spec.percent)} to ${number(row.high, spec.percent)})`;
  return {
    ...rowed(spec, rows.map((row) => row.short), width),
    x: { label: spec.x_label ?? null, tickFormat: ticks(spec), nice: true, ticks: width / 90 },
    marks: [
      Plot.gridX(GRID),
      ...(spec.limit === undefined ? [] : [Plot.ruleX([spec.limit], LIMIT)]),
      Plot.ruleY(rows, { x1: "low", x2: "high", y: "short", stroke: colour, strokeWidth: 3, strokeOpacity: 0.5, strokeLinecap: "round" }),
      Plot.dot(rows, { x: "value", y: "short", fill: colour, r: 5, href: "href", title }),
    ],
    color: flags(),
  };
}

function lineBand(spec: LineBand, width: number): Plot.PlotOptions {
  const rows = spec.rows.map((row) => ({ ...row, x: position(row.x), series: row.series ?? "" }));
  const names = [...new Set(rows.map((row) => row.series))];
  const first = names[0];
  const parts = names.map((name) => rows.filter((row) => row.series === name));
  const ends = parts.map((part) => ({ name: part[0]?.series ?? "", y: part.filter((row) => typeof row.y === "number").at(-1)?.y ?? 0 }));
  const times = rows.flatMap((row) => (row.x instanceof Date ? [row.x] : []));
  const most = Math.max(2, Math.floor(width / 90));
  return {
    ...framed(spec, width),
    marginRight: names.length > 1 ? Math.min(width * 0.4, 20 + 7 * Math.max(...names.map((name) => name.length))) : 16,
    x: { label: spec.x_label ?? null, type: times.length ? "time" : "linear", ...(times.length ? closeTicks(times, most) : { ticks: most }) },
    y: { label: spec.y_label ?? null, tickFormat: ticks(spec), nice: true, ticks: 5 },
    marks: [
      Plot.gridY(GRID),
      ...(spec.limit === undefined ? [] : [Plot.ruleY([spec.limit], LIMIT)]),
      ...parts.flatMap((part) => {
        const strong = part[0]?.series === first;
        const colour = strong ? ACCENT : QUIET;
        const line = part.filter((row) => typeof row.y === "number");
        return [
          Plot.areaY(part.filter((row) => typeof row.low === "number" && typeof row.high === "number"), { x: "x", y1: "low", y2: "high", fill: colour, fillOpacity: 0.2 }),
          Plot.lineY(line, { x: "x", y: "y", stroke: colour, strokeWidth: 2, ...(strong ? {} : { strokeDasharray: part[0]?.series === names[1] ? "6,3" : "2,4" }) }),
          ...(line.length <= 12 ? [Plot.dot(line, { x: "x", y: "y", fill: colour, r: 3.5 })] : []),
          ...(names.length > 1 ? [Plot.text(line.slice(-1), { x: "x", y: "y", text: "series", fill: colour, textAnchor: "start", dx: 8, dy: apart(ends, part[0]?.series ?? "", spec.height ?? 240) })] : []),
        ];
      }),
    ],
  };
}

/** By how many pixels the name at the end of a line is moved, so that names of lines that end together can be read. */
function apart(ends: { name: string; y: number }[], name: string, height: number): number {
  const values = ends.map((end) => end.y);
  const range = Math.max(...values) - Math.min(...values) || 1;
  let above = -Infinity;
  for (const end of [...ends].sort((a, b) => b.y - a.y)) {
    // The lines fill perhaps half of the height: names are moved too far rather than too little.
    const at = ((Math.max(...values) - end.y) / range) * height * 0.3;
    const shown = Math.max(at, above + 14);
    if (end.name === name) {
      return shown - at;
    }
    above = shown;
  }
  return 0;
}

function heatmap(spec: Heatmap, width: number): Plot.PlotOptions {
  const order = [...new Set(spec.rows.map((row) => row.row))];
  const columns = columnsOf(spec);
  const longest = Math.max(...order.map((row) => row.length), 4);
  const most = Math.max(8, Math.floor((width * 0.35 - 24) / 7));
  const text = (row: Heatmap["rows"][number]): string => row.text ?? rounded(row.value);
  const left = Math.min(width * 0.35, 24 + longest * 7);
  const every = Math.ceil((20 * columns.length) / (width - left));
  const printed = spec.dense || (spec.square && width - left < 32 * columns.length) ? [] : spec.rows;
  return {
    ...framed(spec, width),
    height: spec.height ?? 76 + order.length * (spec.dense ? 18 : 38),
    marginLeft: left,
    marginTop: spec.y_label ? 30 : 12,
    marginBottom: 48,
    padding: 0.04,
    x: { label: spec.x_label ?? null, domain: columns, labelAnchor: "center", labelArrow: "none", labelOffset: 42, ...(spec.dense ? { ticks: columns.filter((_, index) => index % every === 0) } : {}) },
    y: { label: spec.y_label ?? null, domain: order, labelAnchor: "top", labelArrow: "none", labelOffset: 40, tickFormat: (row: string) => (row.length > most ? cutFromMiddle(row, most) : row) },
    marks: [
      Plot.cell(spec.rows, { x: "column", y: "row", fill: ACCENT, fillOpacity: (row) => (printed.length ? shade(row.value) : 0.05 + 0.95 * row.value), rx: 2, href: "href", title: (row) => `${row.row}, ${row.column}: ${text(row)}${row.note ? ` (${row.note})` : ""}` }),
      Plot.text(printed.filter((row) => row.value < 0.5), { x: "column", y: "row", text, fill: "var(--ink)", pointerEvents: "none" }),
      Plot.text(printed.filter((row) => row.value >= 0.5), { x: "column", y: "row", text, fill: "var(--on-accent)", pointerEvents: "none" }),
    ],
    opacity: { type: "identity" },
  };
}

/** Opacity of a cell with a figure in it. The middle is left out, where neither light nor dark figures could be read. */
function shade(value: number): number {
  return value < 0.5 ? 0.05 + 0.6 * value : 0.82 + 0.36 * (value - 0.5);
}

function histogram(spec: Histogram, width: number): Plot.PlotOptions {
  return {
    ...framed(spec, width),
    x: { label: spec.x_label ?? null, type: spec.log ? "log" : "linear", tickFormat: (x: number) => number(x), ticks: Math.max(2, Math.floor(width / 100)) },
    y: { label: spec.y_label ?? null, ticks: 5, nice: true },
    marks: [
      Plot.gridY(GRID),
      Plot.rectY(spec.bins, { x1: "from", x2: "to", y: "count", fill: ACCENT, insetLeft: 0.5, insetRight: 0.5 }),
      Plot.ruleY([0], { stroke: QUIET }),
      ...(spec.median === undefined ? [] : [Plot.ruleX([spec.median], { stroke: WARN, strokeWidth: 2.5 })]),
    ],
  };
}

function promises(spec: Promises, width: number): Plot.PlotOptions {
  const first = spec.rows[0]?.series;
  const strong = spec.rows.filter((row) => row.series === first);
  const others = spec.rows.filter((row) => row.series !== first);
  const low = Math.min(0.5, ...spec.rows.map((row) => Math.min(row.x, row.low)));
  const title = (row: Promises["rows"][number]): string =>
    `${row.series}: promised ${number(row.x, true)}, kept ${number(row.y, true)} (${number(row.low, true)} to ${number(row.high, true)}), ${number(row.n)} items`;
  return {
    ...framed(spec, width),
    height: spec.height ?? Math.min(400, Math.max(280, width * 0.7)),
    x: { label: spec.x_label ?? null, domain: [low, 1], tickFormat: ticks(spec), ticks: Math.max(2, Math.floor(width / 110)) },
    y: { label: spec.y_label ?? null, domain: [low, 1], tickFormat: ticks(spec), ticks: 5 },
    marks: [
      Plot.gridY(GRID),
      Plot.line([[low, low], [1, 1]], LIMIT),
      Plot.dot(others, { x: "x", y: "y", stroke: QUIET, strokeWidth: 2, r: 4.5, title }),
      Plot.ruleX(strong, { x: "x", y1: "low", y2: "high", stroke: ACCENT, strokeWidth: 3, strokeOpacity: 0.5, strokeLinecap: "round" }),
      Plot.dot(strong, { x: "x", y: "y", fill: ACCENT, r: 5, title }),
    ],
  };
}

function framed(spec: Spec, width: number): Plot.PlotOptions {
  return { width, height: spec.height ?? 240, marginLeft: 48, marginRight: 16, marginTop: 28, marginBottom: 44, style: { fontSize: "12px" } };
}

/** As high as its rows need, with room for the labels at the left. */
function rowed(spec: Spec, labels: string[], width: number): Plot.PlotOptions {
  const longest = Math.max(...labels.map((label) => label.length), 3);
  return {
    ...framed(spec, width),
    height: 64 + labels.length * ROW,
    marginTop: 12,
    marginLeft: Math.min(width * 0.45, 16 + longest * 7),
    y: { label: null, domain: labels, tickSize: 0 },
  };
}

/** Labels cut to what fits beside the picture; equal ones are told apart by their place. */
function shortened<Row extends { label: string }>(rows: Row[], width: number): (Row & { short: string })[] {
  const most = Math.max(8, Math.floor((width * 0.45 - 16) / 7));
  const seen = new Set<string>();
  return rows.map((row, index) => {
    const cut = row.label.length > most ? cutFromMiddle(row.label, most) : row.label;
    const short = seen.has(cut) ? `${cut} (${index + 1})` : cut;
    seen.add(short);
    return { ...row, short };
  });
}

function ticks(spec: Spec): (value: number) => string {
  return (value) => number(value, spec.percent);
}

function flags(): Plot.ScaleOptions {
  return { type: "ordinal", domain: ["accent", "warn"], range: [ACCENT, WARN] };
}

/** Cut from the middle: names of one family differ at their end. */
function cutFromMiddle(label: string, most: number): string {
  const tail = Math.floor((most - 1) / 2);
  return `${label.slice(0, most - 1 - tail)}…${label.slice(-tail)}`;
}
