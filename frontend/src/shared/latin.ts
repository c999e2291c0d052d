/** What a key says on a Latin keyboard, in lower case: on an Arabic, Greek or Cyrillic one the digits and letters stand in
 *  the same places. A letter that is Latin keeps its own place: keyboards differ in it. */
export function latin({ key, code }: Pick<KeyboardEvent, "key" | "code">): string {
  if (key.length !== 1) return key;
  return isForeign(key) ? code.replace(/^(Key|Digit)/, "").toLowerCase() : key.toLowerCase();
}

export function isForeign(key: string): boolean {
  return key.length === 1 && key > "\u024f";
}
