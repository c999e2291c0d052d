/** What is said to people, in the page's language. The key is the English text; the page embeds the others. */

type Values = Record<string, string | number>;
type Forms = Partial<Record<Intl.LDMLPluralRule, string>>;

const page = globalThis.document;
const embedded = page?.getElementById("messages")?.textContent;
const messages: Record<string, string | Forms> = embedded ? JSON.parse(embedded) : {};
const language = page?.documentElement.lang || "en";

/** The reader's own variety of the page's language (12/31 or 31/12), with the digits of the rest of the page. */
export const locale = `${globalThis.navigator?.languages?.find((one) => one.startsWith(language)) ?? language}-u-nu-latn`;

export function t(text: string, values?: Values): string {
  return fill((messages[text] as string) ?? text, values);
}

/** A text that counts; `n` is one of its values. */
export function plural(one: string, other: string, n: number, values?: Values): string {
  const forms = messages[one] as Forms | undefined;
  const text = forms ? forms[new Intl.PluralRules(language).select(n)] : n === 1 ? one : other;
  return fill(text ?? other, { n, ...values });
}

function fill(text: string, values: Values = {}): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => (embedded ? isolated(values[name]) : String(values[name])));
}

/** A name from the data stands apart from the direction of the sentence around it (Unicode's isolates). */
function isolated(value: string | number | undefined): string {
  return typeof value === "string" ? `\u2068${value}\u2069` : String(value);
}
