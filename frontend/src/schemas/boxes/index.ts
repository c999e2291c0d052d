import type { Kind } from "../kind";
import { check, describe, length, options, start } from "./definition";
import { Editor } from "./Editor";
import { keys } from "./keys";
import { relabel } from "./session";
import { Viewer } from "./Viewer";

export const kind: Kind = { Viewer, Editor, options, start, press: relabel, keys, check, describe, length };
