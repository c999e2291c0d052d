import { Faults, Fields } from "./Fields";
import { asJson, chooseKind, config, definition, faults, kind, namesOf, origins, parsed, put, renamed, text, told } from "./state";

/** The definition as a form or as JSON; what is sent is the JSON. */
export function Form() {
  const json = asJson.value;
  return (
    <div class="stack">
      {config.kinds.length > 1 && <WhichKind />}
      <div class="cluster" role="group" aria-label="How to edit it">
        <button type="button" class="button button--small" aria-pressed={!json} disabled={parsed(text.value) === undefined} onClick={() => (asJson.value = false)}>Form</button>
        <button type="button" class="button button--small" aria-pressed={json} onClick={() => (asJson.value = true)}>JSON</button>
      </div>
      {json ? <AsJson /> : <Fields schema={told.value.definition_schema} path="" value={definition.value} set={put} />}
      {!json && <Others />}
      {!json && <input type="hidden" name="definition" value={text.value} />}
      <input type="hidden" name="renamed" value={JSON.stringify(renamed())} />
    </div>
  );
}

function WhichKind() {
  return (
    <div class="field">
      <label for="q-kind">Kind of label</label>
      <select class="input" id="q-kind" name="kind" value={kind.value} onChange={(event) => chooseKind(event.currentTarget.value)}>
        {config.kinds.map(({ name, title }) => <option key={name} value={name}>{title}</option>)}
      </select>
    </div>
  );
}

function AsJson() {
  const type = (typed: string): void => {
    text.value = typed;
    // Which one became which can't be told from text.
    origins.value = {};
  };
  return (
    <div class="field">
      <label for="definition">Definition, as JSON</label>
      <textarea class="input question__json" id="definition" name="definition" rows={18} spellcheck={false} dir="ltr" value={text.value} onInput={(event) => type(event.currentTarget.value)} aria-describedby="definition-faults" aria-invalid={faults.value.length > 0 ? "true" : undefined} />
      <div id="definition-faults" role="status">
        {faults.value.map(({ where, message }) => <p class="field__error" key={where + message}>{where && <code>{where}</code>} {message}</p>)}
      </div>
    </div>
  );
}

/** What is wrong where the form has no field. */
function Others() {
  const known = Object.keys(told.value.definition_schema.properties ?? {});
  const others = faults.value.filter(({ where }) => !known.includes(where.split(/[.[]/)[0]!));
  return <>{others.map(({ where }) => <Faults path={where} key={where} />)}</>;
}

/** What each name in a list was when the page came. */
export function rememberNames(): void {
  const lists = Object.entries(definition.peek()).filter(([, value]) => Array.isArray(value) && value.every((one) => typeof one === "object" && one !== null && "name" in one));
  origins.value = Object.fromEntries(lists.map(([path, value]) => [path, namesOf(value)]));
}
