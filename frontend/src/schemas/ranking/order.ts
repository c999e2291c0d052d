/** Orders as lists of candidates, the best first. Nothing here changes what it is given. */

/** The candidate at another place, those between moved along. */
export function moved(order: number[], candidate: number, to: number): number[] {
  const others = order.filter((one) => one !== candidate);
  const place = Math.max(0, Math.min(to, others.length));
  return [...others.slice(0, place), candidate, ...others.slice(place)];
}

/** The candidate at a place, which gives its own to the one that was there. */
export function swapped(order: number[], candidate: number, place: number): number[] {
  const from = order.indexOf(candidate), there = order[place];
  if (from < 0 || there === undefined) return order;
  return order.map((one, index) => (index === place ? candidate : index === from ? there : one));
}

/** Which candidates have been put in a place, after one more was: whoever had to make room for a new one has none. */
export function placedWith(placed: number[], candidate: number, bumped: number | undefined): number[] {
  if (placed.includes(candidate)) return placed;
  return [...placed.filter((one) => one !== bumped), candidate];
}
