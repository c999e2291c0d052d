/** What a page says of a picture, as JSON in <figure data-plot>. Shares and accuracies are 0 to 1. */
export interface Common {
  x_label?: string;
  y_label?: string;
  /** Show values as percentages. */
  percent?: boolean;
  /** Height of the picture in CSS pixels; the kinds with rows of labels choose their own. */
  height?: number;
}

/** One bar a label, longest text first class: the labels stand at the left. */
export interface Bars extends Common {
  kind: "bars";
  rows: { label: string; value: number; flagged?: boolean; href?: string }[];
  limit?: number;
}

/** Lines over numbers or ISO times, each with a band from low to high; a row without y is forecast only. The first
 *  series is drawn strong, the others dashed. */
export interface LineBand extends Common {
  kind: "line-band";
  rows: { x: number | string; y?: number | null; low?: number | null; high?: number | null; series?: string }[];
  limit?: number;
}

/** A dot with its interval a label, in the order given. */
export interface DotsInterval extends Common {
  kind: "dots-interval";
  rows: { label: string; value: number; low: number; high: number; flagged?: boolean; href?: string }[];
  limit?: number;
}

/** A cell a row and column; value 0 to 1 gives the shade, text (else the value) is printed, and note stands beside it
 *  where one points and in the table. square: rows and columns are the same things, numbered; dense: too many for
 *  figures in the cells. */
export interface Heatmap extends Common {
  kind: "heatmap";
  rows: { row: string; column: string; value: number; text?: string; note?: string; href?: string }[];
  square?: boolean;
  dense?: boolean;
}

/** Counts of bins; log for times, whose bins grow. */
export interface Histogram extends Common {
  kind: "histogram";
  bins: { from: number; to: number; count: number }[];
  log?: boolean;
  median?: number;
}

/** What was promised against what was kept, with the line on which both are the same; both 0 to 1. The first series is
 *  drawn strong with its intervals, the others hollow. */
export interface Promises extends Common {
  kind: "promises";
  rows: { x: number; y: number; low: number; high: number; n: number; series: string }[];
}

export type Spec = Promises | Bars | LineBand | DotsInterval | Heatmap | Histogram;
