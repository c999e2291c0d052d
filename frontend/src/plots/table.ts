import { number, positionWords, rounded } from "./format";
import type { Heatmap, Spec } from "./spec";

interface Cell {
  text: string;
  href?: string | undefined;
}

/** In the order that they come; numbered ones by their numbers. */
export function columnsOf(spec: Heatmap): string[] {
  const columns = [...new Set(spec.rows.map((row) => row.column))];
  return spec.square ? columns.sort((a, b) => Number(a) - Number(b)) : columns;
}

/** The same figures as a table: head, and rows whose first cell names the row. */
export function tableOf(spec: Spec): { head: string[]; rows: Cell[][] } {
  const show = (value: number | null | undefined): Cell => ({ text: number(value, spec.percent) });
  switch (spec.kind) {
    case "bars":
      return { head: ["", spec.x_label ?? "Value"], rows: spec.rows.map((row) => [{ text: row.label, href: row.href }, show(row.value)]) };
    case "dots-interval":
      return {
        head: ["", spec.x_label ?? "Value", "From", "To"],
        rows: spec.rows.map((row) => [{ text: row.label, href: row.href }, show(row.value), show(row.low), show(row.high)]),
      };
    case "line-band": {
      const named = spec.rows.some((row) => row.series);
      return {
        head: [spec.x_label ?? "When", ...(named ? ["Series"] : []), spec.y_label ?? "Value", "From", "To"],
        rows: spec.rows.map((row) => [{ text: positionWords(row.x) }, ...(named ? [{ text: row.series ?? "" }] : []), show(row.y), show(row.low), show(row.high)]),
      };
    }
    case "heatmap": {
      const columns = columnsOf(spec);
      const cell = (of: string, column: string): Cell => {
        const found = spec.rows.find((row) => row.row === of && row.column === column);
        const note = found?.note ? ` (${found.note})` : "";
        return found ? { text: (found.text ?? rounded(found.value)) + note, href: found.href } : { text: "" };
      };
      const names = [...new Set(spec.rows.map((row) => row.row))];
      return { head: [spec.y_label ?? "", ...columns], rows: names.map((name) => [{ text: name }, ...columns.map((column) => cell(name, column))]) };
    }
    case "promises":
      return {
        head: [spec.x_label ?? "Promised", "", "Items", spec.y_label ?? "Kept", "From", "To"],
        rows: spec.rows.map((row) => [show(row.x), { text: row.series }, { text: number(row.n) }, show(row.y), show(row.low), show(row.high)]),
      };
    case "histogram":
      return {
        head: [spec.x_label ?? "From", "to", spec.y_label ?? "Count"],
        rows: spec.bins.map((bin) => [{ text: number(bin.from) }, { text: number(bin.to) }, { text: number(bin.count) }]),
      };
  }
}

/** <details>As a table</details>, for readers of tables and for those who see no picture. */
export function tableElement(spec: Spec, name: string): HTMLDetailsElement {
  const details = element("details", "as-table");
  details.append(element("summary", "", "As a table"));
  const wrap = element("div", "table-wrap");
  wrap.tabIndex = 0;
  wrap.role = "region";
  wrap.ariaLabel = `Table: ${name}`;
  const table = element("table", "table");
  const { head, rows } = tableOf(spec);
  const top = table.createTHead().insertRow();
  head.forEach((text, index) => top.append(text === "" ? element("td") : scoped(text, "col", index > 0)));
  const body = table.createTBody();
  for (const [name, ...cells] of rows) {
    const line = body.insertRow();
    const first = scoped("", "row", false);
    first.append(filled(name));
    line.append(first);
    for (const cell of cells) {
      const td = line.insertCell();
      td.className = "number";
      td.append(filled(cell));
    }
  }
  wrap.append(table);
  details.append(wrap);
  return details;
}

function filled(cell: Cell | undefined): Node {
  if (!cell?.href) return document.createTextNode(cell?.text ?? "");
  const link = element("a", "", cell.text);
  link.href = cell.href;
  return link;
}

function scoped(text: string, scope: "col" | "row", number: boolean): HTMLTableCellElement {
  const th = element("th", number ? "number" : "", text);
  th.scope = scope;
  return th;
}

function element<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, className = "", text = ""): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
