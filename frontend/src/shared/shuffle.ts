/** In place of a lease's token where nothing is leased: everything stands in its own order. */
export const AS_GIVEN = "as given";

/** The numbers 0 to n - 1 in the order in which they are shown under a lease's token; labelling/schemas/shuffle.py
 *  computes the same from the token that stays with the label. */
export function shuffled(n: number, token: string): number[] {
  const order = Array.from({ length: n }, (_, index) => index);
  if (token === AS_GIVEN) return order;
  let state = seed(token);
  for (let last = n - 1; last > 0; last--) {
    state = next(state);
    const other = (state >>> 8) % (last + 1);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

/** FNV-1a of the token's UTF-8 bytes, stirred. */
function seed(token: string): number {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(token)) state = Math.imul(state ^ byte, 0x01000193);
  for (let times = 0; times < 4; times++) state = next(state || 1);
  return state;
}

/** Marsaglia's xorshift32. */
function next(state: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  return state ^ (state << 5);
}
