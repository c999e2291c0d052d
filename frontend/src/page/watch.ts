/** A page about work that is under way fetches itself now and then, so that nobody has to look again.
 *
 *  While something in it is marked data-watch, its parts marked data-fresh="name" become those of the new page. Once
 *  nothing is, all of it does, unless somebody wrote into a form of it: then it stays as it is.
 */

const FIRST = 2_000;
const SLOWEST = 15_000;
const SLOWER = 1.25;

const watched = (page: ParentNode) => page.querySelector("[data-watch]") !== null;
const pause = (time: number) => new Promise((resolve) => setTimeout(resolve, time));
const seen = () =>
  document.hidden ? new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true })) : null;

/** Follow the work to its end; the event "fresh" says that parts are new. */
async function watch(): Promise<void> {
  const status = document.body.appendChild(document.createElement("p"));
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  for (let wait = FIRST; watched(document); wait = Math.min(wait * SLOWER, SLOWEST)) {
    await pause(wait);
    await seen();
    const page = await fetched();
    if (page === "elsewhere") return location.reload();
    if (page) take(page, status);
  }
}

/** The page as it is now; null when the server can't be reached or has a fault, which may pass. */
async function fetched(): Promise<Document | "elsewhere" | null> {
  try {
    const reply = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (reply.redirected || (reply.status >= 400 && reply.status < 500)) return "elsewhere";
    return reply.ok ? new DOMParser().parseFromString(await reply.text(), "text/html") : null;
  } catch {
    return null;
  }
}

function take(page: Document, status: Element): void {
  const state = page.querySelector('[data-fresh="state"]')?.textContent?.trim() ?? "";
  if (state && state !== document.querySelector('[data-fresh="state"]')?.textContent?.trim()) status.textContent = state;
  if (watched(page)) renew(page);
  else finish(page);
  document.dispatchEvent(new Event("fresh"));
}

function renew(page: Document): void {
  for (const old of document.querySelectorAll<HTMLElement>("[data-fresh]")) {
    const fresh = page.querySelector(`[data-fresh="${CSS.escape(old.dataset.fresh ?? "")}"]`);
    if (fresh && !old.contains(document.activeElement)) old.replaceWith(fresh);
  }
}

function finish(page: Document): void {
  const [old, fresh] = [document.querySelector("main"), page.querySelector("main")];
  if (!old || !fresh) return location.reload();
  if ([...old.querySelectorAll<HTMLElement>("input, textarea, select")].some(isChanged)) {
    for (const one of document.querySelectorAll<HTMLElement>("[data-watch]")) delete one.dataset.watch;
    return renew(page);
  }
  const scripts = (root: Document) => [...root.scripts].map((script) => script.src).join();
  // Parts that a script draws are drawn as it is loaded.
  if (scripts(page) !== scripts(document) || fresh.querySelector("script, [data-plot], [data-answer]")) return location.reload();
  const lost = old !== document.activeElement && old.contains(document.activeElement);
  document.title = page.title;
  old.replaceChildren(...fresh.childNodes);
  if (lost) old.focus();
}

function isChanged(field: HTMLElement): boolean {
  if (field instanceof HTMLSelectElement) return !([...field.options].find((one) => one.defaultSelected) ?? field.options[0])?.selected;
  if (field instanceof HTMLInputElement && /checkbox|radio/.test(field.type)) return field.checked !== field.defaultChecked;
  return (field as HTMLTextAreaElement).value !== (field as HTMLTextAreaElement).defaultValue;
}

void watch();
