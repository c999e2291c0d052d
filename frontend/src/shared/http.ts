import { csrfToken } from "./csrf";
import { t } from "./i18n";

const PATIENCE_MS = 20_000;

/** A call that was refused or got no answer. status 0: no answer at all; otherwise the HTTP status. */
export class Problem extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }

  /** Worth repeating unchanged: no connection, or the server in trouble. */
  get passing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

interface Options {
  /** Let the request outlive the page. */
  keepalive?: boolean;
}

/** From the page's own clock, which nobody can set, to the server's, in ms: a lease's end is in the server's time. */
let ahead = Date.now() - performance.now();
export const serverNow = (): number => performance.now() + ahead;
/** Sets the server's clock, as far as it is known without asking. */
export function presume(now: number): void {
  ahead = now - performance.now();
}

/** Calls the API. Returns the reply's JSON, raises Problem with the server's own words. */
export async function call<Reply>(method: "GET" | "POST", url: string, body?: unknown, options: Options = {}): Promise<Reply> {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      credentials: "same-origin",
      headers: { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...(method === "GET" ? {} : { "X-CSRFToken": csrfToken() }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      keepalive: options.keepalive ?? false,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    throw new Problem(0, t("There is no connection to the server."));
  }
  const date = Date.parse(response.headers.get("Date") ?? "");
  if (!Number.isNaN(date)) presume(date);
  const reply = await json(response);
  if (!response.ok) throw new Problem(response.status, words(reply) ?? t("The server answered {status}.", { status: response.status }));
  if (reply === undefined) throw new Problem(502, t("The server's answer can't be read."));
  return reply as Reply;
}

async function json(response: Response): Promise<unknown> {
  if (response.status === 204) return {};
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

/** The sentence in a problem document (RFC 9457). */
function words(reply: unknown): string | undefined {
  if (typeof reply !== "object" || reply === null) return undefined;
  const { detail, title } = reply as { detail?: unknown; title?: unknown };
  return [detail, title].find((text): text is string => typeof text === "string" && text !== "");
}
