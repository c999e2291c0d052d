import { computed, signal } from "@preact/signals";
import type { Answer } from "../schemas/kind";
import { config, type Lease, type Practice, type Reason } from "./config";

/** How far the practice is, as the server counts; null: there is none to do. */
export const practice = signal<Practice | null>(config.practice ?? null);

/** What the server tells of an answer given in practice. */
export interface Feedback {
  right: boolean;
  answer: Answer;
  reason: string;
}
/** An answer given in practice. It stands in the place of a card until the person goes on. */
export interface Lesson {
  token: string;
  said: string;
  /** The item; null, when it was answered before the page was opened. */
  lease: Lease | null;
  /** null: the server has not told it yet. */
  feedback: Feedback | null;
  /** What was sent: the answer, unless it was "can't decide". */
  body?: { answer?: Answer };
}
export const lesson = signal<Lesson | null>(null);

/** The leased items; the first is the one shown. */
export const queue = signal<Lease[]>([]);
export const current = computed(() => (lesson.value ? null : (queue.value[0] ?? null)));

/** The drafts of cards that were left, by their leases' tokens: an answer that is taken back comes back as it was. */
export const left = new Map<string, Answer>();

/** What was noted beside answers that were taken back, by the token of the card they came back to. */
export const notes = new Map<string, string>();

/** The server had fewer items than asked for: what is here is all there is now. */
export const scarce = signal(false);

/** Why there are fewer items than asked for, in the server's words. */
export const reason = signal<Reason | null>(null);

export type Verb = "label" | "abstain" | "skip";

/** What was done to an item, newest last: what undo reaches. */
export interface Done {
  /** Of an earlier page, its token is all that is known. */
  lease: Lease | { token: string };
  verb: Verb;
  said: string;
  note?: string | undefined;
}
export const REACH = 10;
export const done = signal<Done[]>([]);

/** True while an undo waits for the server: no answers meanwhile. */
export const undoing = signal(false);

export type Connection = "ok" | "offline" | "failing" | "signed_out" | "refused";
export const connection = signal<Connection>(navigator.onLine ? "ok" : "offline");
/** The server's sentence, when it refused us altogether. */
export const refusal = signal("");

export type Tone = "" | "good" | "warn" | "bad";
export interface Notice {
  id: number;
  tone: Tone;
  text: string;
}
export const notices = signal<Notice[]>([]);
let lastNotice = 0;

/** Says something once, above the card; it goes with the next answer, or when it is closed. */
export function say(text: string, tone: Tone = ""): void {
  const same = notices.value.filter((notice) => notice.text !== text);
  notices.value = [...same, { id: ++lastNotice, tone, text }].slice(-3);
}

export function unsay(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

export type Panel = "abstain" | "keys" | null;
export const panel = signal<Panel>(null);
/** How often it was asked to find words in what is shown, since that was closed; 0: closed. */
export const finding = signal(0);
/** Stopped by the labeller: nothing is leased. */
export const resting = signal(false);
