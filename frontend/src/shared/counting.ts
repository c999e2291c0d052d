/** Texts that count, and how the page's language writes figures and days. */
import { fill, messages, type Forms, type Values } from "./i18n.ts";

const page = globalThis.document;
/** Of the content: a page that is not translated yet is English, whatever its frame is in. */
const language = page?.getElementById("content")?.lang || page?.documentElement.lang || "en";

/** The reader's own variety of the page's language (12/31 or 31/12), with the digits of the rest of the page. */
export const locale = `${globalThis.navigator?.languages?.find((one) => one.startsWith(language)) ?? language}-u-nu-latn`;

/** A text that counts; `n` is one of its values. */
export function plural(one: string, other: string, n: number, values?: Values): string {
  const forms = messages[one] as Forms | undefined;
  const text = forms ? forms[new Intl.PluralRules(language).select(n)] : n === 1 ? one : other;
  return fill(text ?? other, { n, ...values });
}
