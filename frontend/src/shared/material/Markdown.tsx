import { h, type VNode } from "preact";
import type { Drawable } from "./rich";
import { tree, type Branch, type Tree } from "./markdown";

const KEPT = 40;
const read = new Map<string, Tree[]>();

export default function Markdown({ value, level }: Drawable) {
  return <div class="material__text material__text--rich prose" elementtiming="text">{trees(value as string).map((one) => draw(one, level))}</div>;
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

function draw(one: Tree, level: number): VNode | string {
  if (typeof one === "string") return one;
  const name = one.tag === "h" ? `h${Math.min(6, level + (one.level ?? 1) - 1)}` : one.tag;
  return h(name, attributes(one), one.children.map((child) => draw(child, level)));
}

function attributes({ tag, href, start }: Branch): Record<string, string | number> {
  if (tag === "a") return href === undefined ? {} : { href, target: "_blank", rel: "noopener noreferrer nofollow" };
  if (tag === "ol" && start !== undefined) return { start };
  if (tag === "table") return { tabIndex: 0 };
  return /^(p|h|li|td|th|pre|blockquote)$/.test(tag) ? { dir: "auto", ...(tag === "p" ? { elementtiming: "text" } : {}) } : {};
}
