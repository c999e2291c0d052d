import { Fragment } from "preact";
import type { Kind, KindKey } from "../schemas/kind";
import { t } from "../shared/i18n";
import { keysOn, switchKeys } from "../shared/keysOn";
import { config } from "./config";
import { Dialog } from "./Dialog";
import { usable, ACTIONS, type Action } from "./keymap";
import { overrides, printed, remap } from "./keys";

const NAMES: Record<Action, string> = {
  undo: t("Undo (Ctrl+Z as well)"),
  skip: t("Skip"),
  abstain: t("Can't decide"),
  guideline: t("Guideline"),
  find: t("Find in what is shown"),
  keys: t("These keys"),
};

function Row({ name, title, shown }: { name: string; title: string; shown: string }) {
  const id = `key-${name}`;
  const take = (event: KeyboardEvent): void => {
    if (!usable(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    remap(name, event.key);
  };
  return (
    <>
      <label for={id}>{title}</label>
      <input id={id} class="input input--key" value={shown} onKeyDown={take} onInput={(event) => remap(name, event.currentTarget.value.slice(-1))} autocomplete="off" autocapitalize="none" />
    </>
  );
}

export function Keys({ kind }: { kind: Kind }) {
  const { actions, options } = printed.value;
  return (
    <Dialog title={t("Keys")}>
      <label class="check">
        <input type="checkbox" checked={keysOn.value} onChange={(event) => switchKeys(event.currentTarget.checked)} />
        <span>{t("Answer with single keys. Off, the buttons still work, by Tab and Enter too.")}</span>
      </label>
      {keysOn.value && (
        <>
          <p class="quiet small">{t("To change a key, go to its box and press the new one. A key that is taken stays where it is.")}</p>
          <div class="keys">
            {kind.options(config.schema).map((option, index) => (
              <Row key={option.title} name={String(index)} title={option.title} shown={options[index] ?? ""} />
            ))}
            {(Object.keys(ACTIONS) as Action[]).map((name) => (
              <Row key={name} name={name} title={NAMES[name]} shown={actions[name] ?? ""} />
            ))}
          </div>
          {(kind.keys || kind.start) && (
            <dl class="keys">
              {[...(kind.keys ?? []), ...(kind.start ? [{ key: "Enter", title: t("Done: give this answer") }] : [])].map(({ key, title, shown = key }: Pick<KindKey, "key" | "title" | "shown">) => shown !== "" && (
                <Fragment key={key}><dt>{title}</dt><dd><kbd>{shown}</kbd></dd></Fragment>
              ))}
            </dl>
          )}
          {Object.keys(overrides.value).length > 0 && (
            <div><button type="button" class="button button--small" onClick={() => Object.keys(overrides.value).forEach((name) => remap(name, ""))}>{t("Back to the usual keys")}</button></div>
          )}
        </>
      )}
    </Dialog>
  );
}
