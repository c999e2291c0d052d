import { t } from "../../shared/i18n";
import type { Kind } from "../kind";
import { ask, describe, length, options, start } from "./definition";
import { Editor } from "./Editor";
import { place, step } from "./hand";
import { Viewer } from "./Viewer";

export const kind: Kind = {
  Viewer, Editor, options, start, press: place, check: ask, describe, length,
  keys: [
    { key: "ArrowUp", shown: "↑", title: t("The one above; what is picked up moves up"), run: (context) => step(context, -1) },
    { key: "ArrowDown", shown: "↓", title: t("The one below; what is picked up moves down"), run: (context) => step(context, 1) },
  ],
};
