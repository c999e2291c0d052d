/** What every page needs of scripts: dates in the reader's zone, dialogs, a question before what can't be undone. */

import { locale } from "../shared/counting";
import { t } from "../shared/i18n";

const LONG = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const DAY = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });

/** <time datetime="2026-11-03T10:00:00Z"> gets local words; data-format="day" leaves out the hour. */
export function localTimes(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLTimeElement>("time[datetime]:not([data-local])")) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    element.textContent = (element.dataset.format === "day" ? DAY : LONG).format(at);
    element.title = element.dateTime;
    element.dataset.local = "";
  }
}

/** <button data-opens="id"> opens a dialog, data-closes closes the one around it. */
document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  const opener = event.target.closest<HTMLElement>("[data-opens]");
  const dialog = opener && document.getElementById(opener.dataset.opens ?? "");
  if (dialog instanceof HTMLDialogElement) dialog.showModal();
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
});

/** <button data-copy="id" hidden> copies what that element holds, where the browser lets it; it says so itself. */
for (const button of document.querySelectorAll<HTMLButtonElement>("[data-copy]")) {
  const from = document.getElementById(button.dataset.copy ?? "");
  if (!from || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(from instanceof HTMLInputElement ? from.value : (from.textContent ?? "").trim());
    button.textContent = t("Copied");
  });
}

/** <form data-once> can be sent once: a second click while the first is under way does nothing. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !("once" in form.dataset)) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
// A page taken from the back-forward cache may send its forms again.
window.addEventListener("pageshow", () => document.querySelectorAll<HTMLFormElement>("form[data-sent]").forEach((form) => delete form.dataset.sent));

localTimes(document);
// Parts that a page about work under way fetched anew (watch.ts).
document.addEventListener("fresh", () => localTimes(document));
