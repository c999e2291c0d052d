import type { VNode } from "preact";

export type Payload = Record<string, unknown>;
export type Answer = Record<string, unknown>;
export type Definition = { kind: string; question: string } & Record<string, unknown>;

/** An answer that one key gives. */
export interface Option {
  title: string;
  hint?: string;
  /** The key its owner asked for, if any. */
  key?: string;
  answer: Answer;
}

export interface EditorProps {
  options: Option[];
  /** The key printed on each option; empty where it has none or keys are off. */
  keys: string[];
  give: (answer: Answer) => void;
}

/** One kind of label in the browser: a folder here, a module of the same name in labelling/schemas. */
export interface Kind {
  Viewer: (props: { definition: Definition; payload: Payload }) => VNode;
  Editor: (props: EditorProps) => VNode;
  options: (definition: Definition) => Option[];
  /** What is wrong with an answer, in words; null when nothing. The server's rules. */
  check: (definition: Definition, answer: Answer) => string | null;
  describe: (definition: Definition, answer: Answer) => string;
  /** Characters to read, for the time that reading may take. */
  length: (definition: Definition, payload: Payload) => number;
}
