import { locale } from "../shared/counting";

const plain = new Intl.NumberFormat(locale, { maximumSignificantDigits: 4 });
const share = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
const minute = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });

export function number(value: number | null | undefined, percent = false): string {
  if (value === null || value === undefined) return "";
  return (percent ? share : plain).format(value);
}

const MINUTE = 60_000;
const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
const second = new Intl.DateTimeFormat(locale, { timeStyle: "medium" });

/** How an axis of these times names its ticks, and how many it has room for; nothing where Plot's own way is good: over
 *  less than some hours it would name thousandths of seconds. */
export function closeTicks(times: Date[], most: number): { tickFormat?: (at: Date) => string; ticks: number } {
  const span = Math.max(...times.map(Number)) - Math.min(...times.map(Number));
  if (span >= 360 * MINUTE) return { ticks: most };
  if (span >= 10 * MINUTE) return { ticks: most, tickFormat: (at) => clock.format(at) };
  return { ticks: span < 5000 ? 1 : Math.min(2, most), tickFormat: (at) => second.format(at) };
}

/** Without decimals, for cells. */
export function rounded(value: number): string {
  return whole.format(value);
}

/** A number, or a time. */
export function position(x: number | string): number | Date {
  return typeof x === "number" ? x : new Date(x);
}

export function positionWords(x: number | string): string {
  if (typeof x === "number") return number(x);
  const at = new Date(x);
  if (Number.isNaN(at.getTime())) return x;
  return (/^\d{4}-\d\d-\d\d$/.test(x) ? day : minute).format(at);
}
