/** Opens the labeller's page without a connection. It keeps the page itself, newest first asked of the server, and the
 *  scripts and styles it needs; never anything of the API. Served at the root by frontend/views/offline.py, which puts
 *  `OFFLINE` before it: a new build is a new worker. */

/** What the server says of this build. */
interface Build {
  version: string;
  /** Files of every labeller's page. */
  shell: string[];
  /** Files of each part that not every page needs (a kind of label, what draws a format); the first is named by the
   *  pages that do. */
  named: string[][];
  /** Addresses below which somebody else may sign in. */
  accounts: string[];
}

interface Happening extends Event {
  waitUntil: (work: Promise<unknown>) => void;
}
interface Asked extends Happening {
  request: Request;
  respondWith: (reply: Promise<Response>) => void;
}
interface Told extends Happening {
  data: { keep: string };
}
interface Installed extends Happening {
  addRoutes?: (routes: object) => Promise<void>;
}
interface Scope {
  OFFLINE: Build;
  clients: { matchAll: () => Promise<unknown[]> };
  skipWaiting: () => Promise<void>;
  addEventListener: <Type extends Happening>(type: string, listener: (event: Type) => void) => void;
}

const scope = globalThis as unknown as Scope;
const { version, shell, named, accounts } = scope.OFFLINE;
const PREFIX = "quorum-page-";
const CACHE = PREFIX + version;
const PAGE = /^\/p\/[^/]+\/label\/$/;
/** The server is there, but doesn't answer: after this a kept page is better. */
const PATIENCE_MS = 6_000;

scope.addEventListener("install", (event: Installed) => {
  // What a labeller waits for passes this worker by, where the browser can do that.
  const direct = event.addRoutes?.({ condition: { urlPattern: { pathname: "/api/*" } }, source: "network" }).catch(() => undefined);
  event.waitUntil(Promise.all([direct, scope.skipWaiting()]));
});

scope.addEventListener("activate", (event: Happening) => event.waitUntil(takeOver()));

scope.addEventListener("message", (event: Told) => event.waitUntil(fetchPage(event.data.keep)));

scope.addEventListener("fetch", (event: Asked) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (origin !== location.origin) return;
  if (mode === "navigate") {
    if (PAGE.test(pathname) && method === "GET") event.respondWith(page(event, pathname));
    else if (accounts.some((start) => pathname.startsWith(start))) event.waitUntil(forget(method === "POST"));
  } else if (pathname.startsWith("/static/assets/")) {
    event.respondWith(caches.match(event.request).then((kept) => kept ?? fetch(event.request)));
  }
});

/** The newest page there is: the server's, or the one kept here when the server can't be reached. */
async function page(event: Asked, path: string): Promise<Response> {
  const kept = await caches.match(path, { ignoreVary: true });
  const asked = fetch(event.request);
  try {
    const reply = await (kept ? Promise.race([asked, tooLate()]) : asked);
    if (reply.ok) event.waitUntil(keep(path, reply.clone()));
    else if (reply.status === 403 || reply.status === 404) event.waitUntil(caches.delete(CACHE));
    return kept && reply.status >= 500 ? kept : reply;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

function tooLate(): Promise<never> {
  return new Promise((_, reject) => setTimeout(reject, PATIENCE_MS));
}

async function fetchPage(path: string): Promise<void> {
  if (await (await caches.open(CACHE)).match(path, { ignoreVary: true })) return;
  const reply = await fetch(path);
  if (reply.ok && !reply.redirected) await keep(path, reply);
}

/** Keeps a page, once everything it needs is here. */
async function keep(path: string, reply: Response): Promise<void> {
  const cache = await caches.open(CACHE);
  const text = await reply.clone().text();
  const files = [...shell, ...named.filter(([entry]) => text.includes(entry!)).flat()];
  const missing = await Promise.all(files.map(async (file) => ((await cache.match(file)) ? [] : [file])));
  await cache.addAll(missing.flat());
  await cache.put(path, reply);
  // A page of the build before may still be open, and want a part that the server has no more.
  if ((await scope.clients.matchAll()).length <= 1) await forgetBuilds(0);
}

/** A new build keeps the pages that the old one kept. */
async function takeOver(): Promise<void> {
  const old = await builds();
  await forgetBuilds(1);
  const kept = await Promise.all(old.map(async (name) => (await caches.open(name)).keys()));
  const pages = new Set(kept.flat().map(({ url }) => new URL(url).pathname).filter((path) => PAGE.test(path)));
  await Promise.allSettled([...pages].map(fetchPage));
}

const builds = async (): Promise<string[]> => (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);

async function forgetBuilds(but: number): Promise<void> {
  const old = await builds();
  await Promise.all(old.slice(0, old.length - but).map((name) => caches.delete(name)));
}

/** Somebody signs in or out: the pages kept are of who was signed in until now. Who signs out leaves no items either;
 *  answers that were not sent stay. */
async function forget(leaving: boolean): Promise<void> {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX));
  await Promise.all(names.map((name) => caches.delete(name)));
  if (leaving) indexedDB.deleteDatabase("quorum-cards");
}
