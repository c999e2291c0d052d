/** Keys of the expert's page. Without scripts the page works as a plain form; then no key is printed. */
import { t } from "../shared/i18n";
import { latin } from "../shared/latin";
import { local, store, stored } from "../shared/stored";

// The workbench's switch: single keys can be switched off for speech input and unsteady hands (WCAG 2.1.4).
const SWITCH = "quorum:keys-on";
let on = stored(local, SWITCH, true);
// The keys that an answer drawn here has (src/answer/Ask.tsx): the page's own yield to them.
let ofTheAnswer: string[] = [];

const form = document.querySelector<HTMLFormElement>("form[data-decide]");
const why = form?.querySelector<HTMLTextAreaElement>("textarea[name=rationale]");
const decide = form?.querySelector<HTMLButtonElement>("button[value=answer]");
const toggle = document.querySelector<HTMLButtonElement>("[data-keys-switch]");

function print(): void {
  // Those of an answer print themselves.
  for (const hint of document.querySelectorAll<HTMLElement>("kbd:not([data-answer] kbd), [data-script]")) {
    const key = hint.closest("summary")?.parentElement?.dataset.key;
    hint.hidden = !on || (key !== undefined && ofTheAnswer.includes(key));
  }
  if (!toggle) return;
  toggle.hidden = false;
  toggle.textContent = on ? t("Keys are on") : t("Keys are off");
  toggle.setAttribute("aria-pressed", String(on));
}

toggle?.addEventListener("click", () => {
  on = !on;
  store(local, SWITCH, on);
  print();
  document.dispatchEvent(new CustomEvent("keys:switched", { detail: on }));
});

document.addEventListener("answer:keys", (event) => {
  ofTheAnswer = (event as CustomEvent<string[]>).detail;
  print();
});

/** Choose the n-th answer; where a reason is asked for and missing, go there. */
function choose(index: number): boolean {
  const radio = form?.querySelectorAll<HTMLInputElement>("input[type=radio][name=choice]")[index];
  if (!radio) return false;
  radio.checked = true;
  (why?.required && why.value.trim() === "" ? why : radio).focus();
  return true;
}

/** Unfold what belongs to the key, and go to its first field. */
function unfold(key: string): boolean {
  const details = document.querySelector<HTMLDetailsElement>(`details[data-key="${key}"]`);
  if (!details) return false;
  details.open = !details.open;
  const field = details.querySelector<HTMLInputElement>("input");
  if (details.open) (field ?? details.querySelector("summary"))?.focus();
  return true;
}

function pressed(key: string): boolean {
  if (key === "Enter") {
    decide?.click();
    return decide !== null;
  }
  return /^[1-9]$/.test(key) ? choose(Number(key) - 1) : /^[a-z]$/.test(key) && !ofTheAnswer.includes(key) && unfold(key);
}

window.addEventListener("keydown", (event) => {
  if (!on || event.defaultPrevented || event.repeat || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const at = event.target instanceof HTMLElement ? event.target : document.body;
  const typing = at.isContentEditable || at.matches("textarea, select, input:not([type=radio], [type=checkbox])");
  if (typing && !(at === why && event.key === "Enter")) return;
  if (event.key === "Enter" && at.closest("a, button, summary")) return;
  if (pressed(latin(event))) event.preventDefault();
});

// On a small screen the queue is folded above the case.
if (window.matchMedia("(max-width: 60rem)").matches) {
  for (const details of document.querySelectorAll<HTMLDetailsElement>("details[data-wide-open]")) details.open = false;
}
print();
