import { h, type VNode } from "preact";
import { tree, type Branch, type Tree } from "./markdown";

const KEPT = 40;
const read = new Map<string, Tree[]>();
/** The card's question is heading 1, the name of a field heading 2. */
const FIRST_LEVEL = 3;

export default function Markdown({ value }: { value: unknown; title: string }) {
  return <div class="material__text material__text--rich prose" elementtiming="text">{trees(value as string).map(draw)}</div>;
}

export function ahead(values: unknown[]): void {
  values.forEach((value) => typeof value === "string" && trees(value));
}

function trees(text: string): Tree[] {
  const known = read.get(text) ?? tree(text);
  read.delete(text);
  read.set(text, known);
  for (const oldest of read.keys()) {
    if (read.size <= KEPT) break;
    read.delete(oldest);
  }
  return known;
}

function draw(one: Tree): VNode | string {
  if (typeof one === "string") return one;
  return h(nameOf(one), attributes(one), one.children.map(draw));
}

function nameOf({ tag, level = 1 }: Branch): string {
  return tag === "h" ? `h${Math.min(6, level + FIRST_LEVEL - 1)}` : tag;
}

function attributes({ tag, href, start }: Branch): Record<string, string | number> {
  if (tag === "a") return href === undefined ? {} : { href, target: "_blank", rel: "noopener noreferrer nofollow" };
  if (tag === "ol" && start !== undefined) return { start };
  if (tag === "table") return { tabIndex: 0 };
  return /^(p|h|li|td|th|pre|blockquote)$/.test(tag) ? { dir: "auto", ...(tag === "p" ? { elementtiming: "text" } : {}) } : {};
}
