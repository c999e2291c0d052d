import type { Answer, Definition, Payload } from "../schemas/kind";

/** What the page embeds as JSON under the id "workbench-config". */
export interface Config {
  project: { id: string; name: string };
  schema: Definition;
  guideline: { number: number; html: string; changed?: boolean | string | null } | null;
  /** Who labels: answers kept by this browser are only ever sent for the same labeller. */
  labeller?: { id: string };
  /** Of a visit from a marketplace: answers given of those asked for. */
  session?: { goal?: number; given?: number };
  /** How far the labeller is with the practice that comes before real work; null: there is none to do. */
  practice?: Practice | null;
  /** What a worker of a marketplace came for: so many answers, and where the code is then. */
  visit?: { of: number; url: string } | null;
  urls?: { api?: string; home?: string; sign_in?: string };
}

export interface Practice {
  done: number;
  of: number;
  right: number;
  needed: number;
}

export interface Lease {
  token: string;
  /** ISO time, in the server's clock. */
  expires_at: string;
  payload: Payload;
  /** The model's answer to correct, where the project shows it. */
  suggestion?: Answer | null;
  /** Given in practice: the right answer is told after it. */
  practised?: boolean;
}

export interface Reason {
  code: string;
  message: string;
  /** ISO time, where the sentence has one. */
  until?: string | null;
}

function read(): Config {
  const element = document.getElementById("workbench-config");
  if (!element?.textContent) throw new Error("The page carries no workbench-config.");
  return JSON.parse(element.textContent) as Config;
}

export const config = read();

const api = config.urls?.api ?? "/api/v1";
export const urls = {
  home: config.urls?.home ?? "/",
  signIn: `${config.urls?.sign_in ?? "/sign-in/"}?next=${encodeURIComponent(location.pathname)}`,
  project: (what: string): string => `${api}/projects/${config.project.id}/${what}`,
  lease: (token: string, what: string): string => `${api}/leases/${encodeURIComponent(token)}/${what}`,
};

/** Keys of what this browser keeps: by project and labeller. */
export const owner = `${config.project.id}/${config.labeller?.id ?? "me"}`;
/** Set while pages of this labeller keep cards that the next one shows first. */
export const LEFT = `quorum:left:${owner}`;
