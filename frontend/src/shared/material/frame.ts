/** A page around somebody's HTML. Its first words forbid everything but styles and pictures that are in it: nothing
 *  runs, nothing is fetched, so that nobody learns who looks at it. The frame's own sandbox forbids the rest. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:";
const STYLE = "html{color-scheme:light;background:#fff;color:#111}body{margin:1rem;font:1.125rem/1.55 system-ui,sans-serif;overflow-wrap:anywhere}img{max-width:100%;height:auto}";

/** What holds a page of its own: before the policy forbids that one, a browser may have called at its server. And what
 *  comes to life only where it is shown, and might hold one. */
const PAGES = "iframe, frame, object, embed, template";
/** Each round may bring to light what the one before hid; nobody's mail needs so many. */
const ROUNDS = 5;

/** HTML without pages in it; nothing, where it hides them too well. */
export function withoutPages(html: string): string {
  for (let round = 0; round < ROUNDS; round++) {
    const parsed = new DOMParser().parseFromString(html, "text/html");
    const pages = parsed.querySelectorAll(PAGES);
    if (pages.length === 0) return html;
    pages.forEach((page) => page.remove());
    html = parsed.documentElement.outerHTML;
  }
  return "";
}

export function framed(html: string): string {
  return `<!doctype html><html dir="auto"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body>${html}`;
}
