import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_MARKDOWN, tree, type Tree } from "./markdown.ts";

function* every(trees: Tree[]): Generator<Exclude<Tree, string>> {
  for (const one of trees) {
    if (typeof one === "string") continue;
    yield one;
    yield* every(one.children);
  }
}

const text = (trees: Tree[]): string => trees.map((one) => (typeof one === "string" ? one : text(one.children))).join("");
const tags = (markdown: string): string[] => [...every(tree(markdown))].map(({ tag }) => tag);

test("what people write in Markdown becomes what it means", () => {
  assert.deepEqual(tree("Some *emphasis* and **`code`**\nnext"), [
    { tag: "p", children: ["Some ", { tag: "em", children: ["emphasis"] }, " and ", { tag: "strong", children: [{ tag: "code", children: ["code"] }] }, "\n", "next"] },
  ]);
  assert.deepEqual(tags("3. a\n4. b\n   - c"), ["ol", "li", "li", "ul", "li"]);
  assert.deepEqual(tags("| a |\n|---|\n| b |"), ["table", "thead", "tr", "th", "tbody", "tr", "td"]);
  assert.equal([...every(tree("3. a"))][0]?.start, 3);
  assert.deepEqual(tree("```js\nlet a;\n```"), [{ tag: "pre", children: ["let a;\n"] }]);
});

test("levels of headings leave no gap", () => {
  const levels = [...every(tree("### a\n\n# b\n\n###### c"))].map(({ level }) => level);
  assert.deepEqual(levels, [1, 1, 2]);
});

test("HTML is shown as it was typed", () => {
  const typed = "<script>alert(1)</script> <img src=x onerror=alert(1)> <b>x</b>";
  assert.deepEqual(tags(typed), ["p"]);
  assert.equal(text(tree(typed)), typed);
});

test("only addresses that may be opened become links", () => {
  const links = ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "java&#10;script:alert(1)", "&#106;avascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "/p/x/settings/", "//example.org", "\\\\example.org"];
  for (const link of links) {
    for (const markdown of [`[x](${link})`, `[x](<${link}>)`, `<${link}>`, `[x]\n\n[x]: ${link}`, `![x](${link})`]) {
      assert.deepEqual([...every(tree(markdown))].filter(({ href }) => href !== undefined), [], markdown);
    }
  }
  const good = [...every(tree("[a](https://example.org/?q=%3C) <mailto:a@example.org>"))].map(({ href }) => href);
  assert.deepEqual(good, [undefined, "https://example.org/?q=%3C", "mailto:a@example.org"]);
});

test("a picture is a link, so that looking tells nobody", () => {
  assert.deepEqual(tree("![a cat](https://example.org/cat.png)"), [{ tag: "p", children: [{ tag: "a", href: "https://example.org/cat.png", children: ["[a cat]"] }] }]);
});

test("hostile nesting and length end in time", () => {
  for (const markdown of ["> ".repeat(50_000) + "x", "[".repeat(50_000), "*a ".repeat(40_000), "- ".repeat(20_000), "`".repeat(50_001), "![](".repeat(20_000)]) tree(markdown);
  assert.deepEqual(tree("*".repeat(MAX_MARKDOWN + 1)).length, 1);
});
