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
