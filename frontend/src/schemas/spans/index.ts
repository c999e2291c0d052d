import type { Kind } from "../kind";
import { check, describe, length, options, start } from "./definition";
import { Editor } from "./Editor";
import { keys } from "./keys";
import { press } from "./state";
import { Viewer } from "./Viewer";

export const kind: Kind = { Viewer, Editor, options, start, press, keys, check, describe, length };
