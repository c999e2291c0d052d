import type { Signal } from "@preact/signals";
import type { VNode } from "preact";

export type Payload = Record<string, unknown>;
export type Answer = Record<string, unknown>;
export type Definition = { kind: string; question: string } & Record<string, unknown>;

/** One of the things that a key gives or does: a class to answer with, a label to put on a part. */
export interface Option {
  title: string;
  hint?: string;
  /** The key its owner asked for, if any. */
  key?: string;
  /** What it answers at once, for kinds with one key an answer. */
  answer?: Answer;
}

/** Everything about the card that a kind's parts may know. */
export interface Context {
  definition: Definition;
  payload: Payload;
  /** What decides the order in which parts are shown (see shared/shuffle.ts). */
  token: string;
  /** The answer being made; undefined for kinds with one key an answer. Set it whole: the value is never changed in
   *  place. */
  draft: Signal<Answer | undefined>;
  options: Option[];
  /** The key printed on each option; empty where it has none or keys are off. */
  keys: string[];
  /** Gives an answer and goes on to the next card; note: words beside it, which count nothing. */
  give: (answer: Answer, note?: string) => void;
  /** What was noted beside the answer that was taken back to this card. */
  note?: string | undefined;
  /** Whether a note is kept. */
  notes?: boolean;
  /** Only to look at: nothing can be changed. */
  locked?: boolean;
}

/** What tells how a card looked: the token of its lease decides the order of its parts. */
export type Shown = Pick<Context, "payload" | "token">;

/** A key of a kind beside those of its options, listed in the dialog "Keys". Not remapped. */
export interface KindKey {
  /** As tinykeys takes it: "Delete", "Shift+ArrowLeft", "n". */
  key: string;
  /** How it is written in the dialog, where that is not the key itself; "" leaves it out. */
  shown?: string;
  title: string;
  /** Whether holding it down repeats it. Else that does nothing, so that no answer is given by a key held too long. */
  held?: boolean;
  /** Returns false to let the page, then the browser, have the key. */
  run: (context: Context, event: KeyboardEvent) => void | false;
}

/** One kind of label in the browser: a folder here, a module of the same name in labelling/schemas. */
export interface Kind {
  /** What is looked at; also where parts are marked, if the kind marks any. */
  Viewer: (props: Context) => VNode;
  /** What answers; it sticks to the bottom on a phone. */
  Editor: (props: Context) => VNode;
  options: (definition: Definition) => Option[];
  /** The first draft of an answer with parts, from the model's answer where one is shown. Kinds that have it end with
   *  Enter, which gives the draft. */
  start?: (definition: Definition, payload: Payload, suggestion: Answer | null | undefined, token: string) => Answer;
  /** What the key of an option does; else it gives the option's answer. */
  press?: (context: Context, index: number) => void;
  keys?: KindKey[];
  /** What is wrong with an answer, in words; null when nothing. The server's rules. */
  check: (definition: Definition, answer: Answer, payload?: Payload) => string | null;
  /** In a few words; with what was shown, in the words of the card. */
  describe: (definition: Definition, answer: Answer, shown?: Shown) => string;
  /** Characters to read, for the time that reading may take. */
  length: (definition: Definition, payload: Payload) => number;
}
