/** Pages of one browser, and what they leave to each other. A page holds a lock of its name while it is open; who gets
 *  the lock of another one is its only heir, and holds it in turn. */

/** A page that is being closed gives its lock up within this time. */
const CLOSING_MS = 200;

function inherit(page: string): Promise<boolean> {
  return new Promise((resolve) => {
    // Without locks (no HTTPS) nobody can tell: sending an answer twice is harmless.
    if (!navigator.locks) return resolve(true);
    const hold = (): Promise<never> => {
      resolve(true);
      return new Promise<never>(() => {});
    };
    navigator.locks.request(`quorum:page:${page}`, { signal: AbortSignal.timeout(CLOSING_MS) }, hold).catch((error: unknown) => resolve(!(error instanceof DOMException && error.name === "TimeoutError")));
  });
}

const mine = new Map<string, Promise<boolean>>();

/** Whether what that page left is ours. Asked until it is. */
export function ours(page: string): Promise<boolean> {
  const asked = mine.get(page) ?? inherit(page);
  mine.set(page, asked);
  void asked.then((got) => got || mine.delete(page));
  return asked;
}

/** Of what pages left, what is ours. */
export async function inherited<Left extends { page?: string }>(all: Left[]): Promise<Left[]> {
  const whose = await Promise.all(all.map(({ page }) => page === undefined || ours(page)));
  return all.filter((_, index) => whose[index]);
}
