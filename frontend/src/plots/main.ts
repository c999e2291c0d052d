import { plot } from "@observablehq/plot";
import { optionsFor } from "./kinds";
import type { Spec } from "./spec";
import { tableElement } from "./table";

/** Draws every <figure data-plot='{"kind": …}'> under `root`: the picture after the caption, then the table unless the
 *  page brings one (.as-table). The specification is spec.ts; the caption is the picture's name. */
export function drawAll(root: ParentNode): void {
  for (const figure of root.querySelectorAll<HTMLElement>("figure[data-plot]")) draw(figure);
}

function draw(figure: HTMLElement): void {
  const spec = JSON.parse(figure.dataset.plot ?? "") as Spec;
  const caption = figure.querySelector("figcaption");
  const name = caption?.querySelector("h2, h3, h4")?.textContent?.trim() ?? caption?.textContent?.trim() ?? "Figure";
  const picture = figure.querySelector(".plot__picture") ?? place(figure, caption);
  if (!figure.querySelector(".as-table")) figure.append(tableElement(spec, name));
  let drawn = 0;
  new ResizeObserver(() => {
    const width = Math.floor(picture.clientWidth);
    if (width === 0 || width === drawn) return;
    drawn = width;
    picture.classList.add("is-drawn");
    picture.replaceChildren(accessible(plot(optionsFor(spec, width)), name, caption?.textContent ?? name));
  }).observe(picture);
}

function place(figure: HTMLElement, caption: Element | null): HTMLElement {
  const picture = document.createElement("div");
  picture.className = "plot__picture";
  if (caption) caption.after(picture);
  else figure.prepend(picture);
  return picture;
}

/** One picture with a name, instead of Plot's groups that are labelled without a role. Where cells link somewhere, the
 *  links are for the mouse: the table has the same ones for keys and screen readers. */
function accessible(drawing: SVGSVGElement | HTMLElement, name: string, description: string): Element {
  const svg = drawing instanceof SVGSVGElement ? drawing : drawing.querySelector("svg");
  if (!svg) return drawing;
  svg.querySelector("style")?.remove();
  for (const part of svg.querySelectorAll("[aria-label], [aria-description]")) {
    part.removeAttribute("aria-label");
    part.removeAttribute("aria-description");
  }
  const links = svg.querySelectorAll("a");
  for (const link of links) link.setAttribute("tabindex", "-1");
  if (links.length > 0) {
    svg.setAttribute("aria-hidden", "true");
  } else {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", name === description ? name : description.replace(/\s+/g, " ").trim());
  }
  return drawing;
}

drawAll(document);
