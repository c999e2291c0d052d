import { effect, signal } from "@preact/signals";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Kind } from "../schemas/kind";
import { t } from "../shared/i18n";
import { found, step } from "./found";
import { config } from "./config";
import { printed } from "./keys";
import { current, finding } from "./state";

/** Kept from card to card: who looks for a word in one long text looks for it in the next. */
const query = signal("");
/** The last time of being asked that was answered: a box that comes back with its card leaves the keys to the page. */
let answered = 0;
/** Characters. */
const LONG = 1_200;
const WHERE = ".bench__card > [aria-live]";
const BLOCK = "p, div, li, td, th, pre, section, blockquote, h1, h2, h3, h4, h5, h6";

/** Long texts have a button for it, where no key can be pressed. */
export function FindButton({ kind }: { kind: Kind }) {
  const lease = current.value;
  if (!lease || kind.length(config.schema, lease.payload) <= LONG) return null;
  const key = printed.value.actions.find;
  return (
    <button type="button" class="button button--quiet button--small" onClick={() => finding.value++}>
      {t("Find")} {key && <kbd aria-hidden="true">{key}</kbd>}
    </button>
  );
}

/** Finds words in what is shown, of any kind of label: marks all, and goes from one to the next. */
export function Find() {
  const input = useRef<HTMLInputElement>(null);
  const [ranges, setRanges] = useState<Range[]>([]);
  const [at, setAt] = useState(-1);
  const asked = query.value;

  useLayoutEffect(
    () =>
      effect(() => {
        if (finding.value > answered) input.current?.select();
        answered = finding.value;
      }),
    [],
  );
  useLayoutEffect(() => {
    const look = (): void => {
      setRanges(search(query.peek()));
      setAt(-1);
    };
    look();
    const shown = document.querySelector(WHERE);
    const watch = new MutationObserver(look);
    if (shown) watch.observe(shown, { childList: true, subtree: true, characterData: true });
    return () => watch.disconnect();
  }, [asked]);
  useLayoutEffect(() => {
    mark(ranges, at);
    return unmark;
  }, [ranges, at]);

  const go = (by: 1 | -1): void => {
    const next = step(at, by, ranges.length);
    setAt(next);
    bringIntoSight(ranges[next]);
  };
  const close = (): void => {
    finding.value = 0;
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && !event.isComposing) go(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="find" role="search" onKeyDown={onKey}>
      <input ref={input} class="input" type="search" dir="auto" aria-label={t("Find in what is shown")} value={asked} onInput={(event) => (query.value = event.currentTarget.value)} autocomplete="off" autocapitalize="none" spellcheck={false} />
      <span class="find__count" role="status">{asked.trim() && told(at, ranges.length)}</span>
      <button type="button" class="button" onClick={() => go(-1)} aria-label={t("Previous place")}>↑</button>
      <button type="button" class="button" onClick={() => go(1)} aria-label={t("Next place")}>↓</button>
      <button type="button" class="button button--quiet" onClick={close} aria-label={t("Close")}>×</button>
    </div>
  );
}

function told(at: number, n: number): string {
  if (n === 0) return t("Not found");
  return at < 0 ? t("{n} found", { n }) : t("{at} of {n}", { at: at + 1, n });
}

function search(wanted: string): Range[] {
  const shown = document.querySelector(WHERE);
  if (!shown) return [];
  const { text, nodes, starts } = textOf(shown);
  let last = 0;
  /** The node that holds a place of the text; places are asked for in order. */
  const holding = (place: number): number => {
    while (last + 1 < starts.length && starts[last + 1]! <= place) last++;
    return last;
  };
  return found(text, wanted).map(([from, to]) => {
    const range = document.createRange();
    const first = holding(from);
    range.setStart(nodes[first]!, from - starts[first]!);
    const end = holding(to - 1);
    range.setEnd(nodes[end]!, Math.min(nodes[end]!.length, to - starts[end]!));
    return range;
  });
}

/** The text of what is shown, and where each of its nodes begins in it; blocks don't run into each other. */
function textOf(shown: Element): { text: string; nodes: Text[]; starts: number[] } {
  const walker = document.createTreeWalker(shown, NodeFilter.SHOW_TEXT);
  const nodes: Text[] = [];
  const starts: number[] = [];
  let text = "";
  let block: Element | null = null;
  for (let node = walker.nextNode() as Text | null; node; node = walker.nextNode() as Text | null) {
    const within = node.parentElement?.closest(BLOCK) ?? null;
    if (block && within !== block) text += "\u0000";
    block = within;
    nodes.push(node);
    starts.push(text.length);
    text += node.data;
  }
  return { text, nodes, starts };
}

/** Browsers without highlights select the present place instead. */
function mark(ranges: Range[], at: number): void {
  const present = ranges[at];
  if ("highlights" in CSS) {
    CSS.highlights.set("found", new Highlight(...ranges));
    CSS.highlights.set("found-present", new Highlight(...(present ? [present] : [])));
  } else if (present) {
    const selection = getSelection();
    selection?.removeAllRanges();
    selection?.addRange(present);
  }
}

function unmark(): void {
  if (!("highlights" in CSS)) return;
  CSS.highlights.delete("found");
  CSS.highlights.delete("found-present");
}

/** Above the answers, below the box: a third down the screen. */
function bringIntoSight(range: Range | undefined): void {
  if (range) window.scrollBy(0, range.getBoundingClientRect().top - window.innerHeight / 3);
}
