/** What is said to people, in the page's language. The key is the English text; the page embeds the others. */

export type Values = Record<string, string | number>;
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>>;

const embedded = globalThis.document?.getElementById("messages")?.textContent;
export const messages: Record<string, string | Forms> = embedded ? JSON.parse(embedded) : {};

export function t(text: string, values?: Values): string {
  return fill((messages[text] as string) ?? text, values);
}

/** A value stands apart from the direction of the sentence around it, by Unicode's isolates; in English it always did. */
export function fill(text: string, values: Values = {}): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(values[name]);
    return embedded && value[0] !== "\u2068" ? `\u2068${value}\u2069` : value;
  });
}
