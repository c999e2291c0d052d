/** Markdown as a tree of what may be shown. No HTML is made on the way: what isn't in the tree can't be drawn. The
 *  same reader and the same tags as frontend/markdown.py. */
import MarkdownIt, { type Token } from "markdown-it";

export type Tag = "a" | "blockquote" | "br" | "code" | "em" | "h" | "hr" | "li" | "ol" | "p" | "pre" | "strong" | "table" | "tbody" | "td" | "th" | "thead" | "tr" | "ul";
export interface Branch {
  tag: Tag;
  children: Tree[];
  /** Of a link: an address that may be opened. */
  href?: string;
  /** Of an ordered list: its first number. */
  start?: number;
  /** Of a heading: its level, without gaps. */
  level?: number;
}
export type Tree = string | Branch;

const TAGS = new Set<string>(["a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"]);
const SCHEMES = new Set(["http:", "https:", "mailto:"]);
/** Longer texts are shown as they are: reading them would keep the page from answering. */
export const MAX_MARKDOWN = 200_000;
const reader = new MarkdownIt("commonmark", { html: false }).enable("table");

export function tree(text: string): Tree[] {
  if (text.length > MAX_MARKDOWN) return [{ tag: "pre", children: [text] }];
  const root: Branch = { tag: "p", children: [] };
  const open = [root];
  const put = (one: Tree): void => void open.at(-1)!.children.push(one);
  const levels = { last: 0 };
  for (const token of flat(reader.parse(text, {}))) {
    if (token.nesting === -1) {
      if (open.length > 1) open.pop();
      continue;
    }
    if (token.nesting === 1) {
      const branch = branchOf(token, levels);
      put(branch);
      open.push(branch);
    } else for (const one of leaf(token)) put(one);
  }
  return root.children;
}

function* flat(tokens: Token[]): Generator<Token> {
  for (const token of tokens) {
    // Paragraphs of a tight list are not paragraphs, but each is balanced: they do no harm as such.
    if (token.type === "inline") yield* flat(token.children ?? []);
    else if (!token.hidden) yield token;
  }
}

function branchOf(token: Token, levels: { last: number }): Branch {
  if (/^h[1-6]$/.test(token.tag)) {
    levels.last = Math.min(Number(token.tag[1]), levels.last + 1);
    return { tag: "h", level: levels.last, children: [] };
  }
  const branch: Branch = { tag: (TAGS.has(token.tag) ? token.tag : "p") as Tag, children: [] };
  const href = branch.tag === "a" ? address(token.attrGet("href")) : undefined;
  if (href !== undefined) branch.href = href;
  const start = Number(token.attrGet("start") ?? 1);
  if (branch.tag === "ol" && start !== 1) branch.start = start;
  return branch;
}

function leaf(token: Token): Tree[] {
  switch (token.type) {
    case "softbreak":
      return ["\n"];
    case "hardbreak":
      return [{ tag: "br", children: [] }];
    case "hr":
      return [{ tag: "hr", children: [] }];
    case "code_inline":
      return [{ tag: "code", children: [token.content] }];
    case "fence":
    case "code_block":
      return [{ tag: "pre", children: [token.content] }];
    case "image":
      return [picture(token)];
    default:
      return token.content === "" ? [] : [token.content];
  }
}

/** A picture in Markdown is a link to it: fetched unasked, it would tell its server who looks at the item, and when. */
function picture(token: Token): Tree {
  const href = address(token.attrGet("src"));
  const children = [`[${token.content || href || "?"}]`];
  return href === undefined ? children[0]! : { tag: "a", href, children };
}

function address(text: string | number | null): string | undefined {
  if (typeof text !== "string" || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return SCHEMES.has(url.protocol) ? url.href : undefined;
}
