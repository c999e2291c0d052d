import { Faults, type Part } from "./Fields";
import { type Bag, changed, isBag, type Json, listed, type Schema } from "./schema";
import { config } from "./state";

const KINDS: Record<string, string> = {
  text: "One text", text_pair: "Two texts side by side", texts: "Several texts", image: "An image",
};
const DRAWN: Record<string, string> = {
  plain: "Plain text", markdown: "Markdown", html: "HTML, in a frame of its own", image: "An image",
};

/** What labellers see: which fields of the data, and how each is drawn. */
export function Shown({ schema, value, set }: Part) {
  const input = isBag(value) ? value : {};
  const fields = (Array.isArray(input.fields) ? input.fields : []).map(String);
  const kinds = schema.properties!.kind!.enum!.map(String);
  const known = [...new Set(config.examples.flatMap(({ payload }) => Object.keys(payload)))];
  const chooseKind = (kind: string): void => set({ ...changed(input, "format", undefined), kind });
  return (
    <fieldset class="fieldset stack">
      <legend>What labellers see</legend>
      <div class="field">
        <label for="q-input-kind">It is</label>
        <select class="input" id="q-input-kind" value={String(input.kind ?? "")} onChange={(event) => chooseKind(event.currentTarget.value)}>
          {kinds.map((kind) => <option key={kind} value={kind}>{KINDS[kind] ?? kind}</option>)}
        </select>
        <Faults path="input.kind" />
      </div>
      <div class="field">
        <label for="q-input-fields">Fields of the data</label>
        <input class="input" id="q-input-fields" spellcheck={false} autocapitalize="none" defaultValue={fields.join(", ")} key={fields.join()} onChange={(event) => set({ ...input, fields: listed(event.currentTarget.value, /,/) })} aria-describedby="q-input-fields-help" />
        <div id="q-input-fields-help">
          <p class="field__help">{known.length > 0 ? `With commas between. Your data has ${known.join(", ")}.` : "Names of fields in your lines of data, with commas between."}</p>
          <Faults path="input.fields" />
        </div>
      </div>
      {input.kind !== "image" && fields.map((field) => <Format key={field} field={field} input={input} schema={schema} set={set} />)}
      <Faults path="input.format" within />
      <Faults path="input" />
    </fieldset>
  );
}

function Format({ field, input, schema, set }: { field: string; input: Bag; schema: Schema; set: (value: Json) => void }) {
  const formats = schema.properties?.format?.anyOf?.[0]?.enum?.map(String) ?? ["plain"];
  const given = isBag(input.format) ? input.format[field] : input.format;
  const fields = (input.fields as Json[]).map(String);
  const choose = (drawn: string): void => {
    const each = fields.map((one) => [one, one === field ? drawn : String((isBag(input.format) ? input.format[one] : input.format) ?? "plain")] as const);
    const format = Object.fromEntries(each.filter(([, how]) => how !== "plain"));
    set(changed(input, "format", Object.keys(format).length > 0 ? format : undefined));
  };
  const id = `q-format-${fields.indexOf(field)}`;
  return (
    <div class="field">
      <label for={id}>{`How “${field}” is drawn`}</label>
      <select class="input" id={id} value={String(given ?? "plain")} onChange={(event) => choose(event.currentTarget.value)}>
        {formats.map((one) => <option key={one} value={one}>{DRAWN[one] ?? one}</option>)}
      </select>
    </div>
  );
}
