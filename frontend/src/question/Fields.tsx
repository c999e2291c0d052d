import type { ComponentChildren } from "preact";
import { Named } from "./Named";
import { type Bag, blank, changed, isBag, type Json, listed, type Schema, shapeOf, titleOf } from "./schema";
import { Shown } from "./Shown";
import { faultsAt, parsed } from "./state";

export interface Part {
  schema: Schema;
  /** As the server names it: "scale.low", "choices[0].key". */
  path: string;
  name: string;
  optional: boolean;
  value: Json;
  /** undefined takes it out of the definition. */
  set: (value: Json) => void;
}

/** The properties of an object, each in the control that it asks for. */
export function Fields({ schema, path, value, set }: { schema: Schema; path: string; value: Bag; set: (value: Bag) => void }) {
  return (
    <>
      {Object.entries(schema.properties ?? {}).map(([name, part]) => (
        <Field
          key={name} schema={part} name={name} path={path ? `${path}.${name}` : name} value={value[name]}
          optional={!schema.required?.includes(name)} set={(inner) => set(changed(value, name, inner))}
        />
      ))}
    </>
  );
}

export function Field(part: Part) {
  if (part.path === "input") return <Shown {...part} />;
  const shape = shapeOf(part.schema);
  if (shape === "object") return <Group {...part} />;
  if (shape === "rows") return <Named {...part} />;
  if (shape === "ticks") return <Ticks {...part} />;
  if (shape === "switch") return <Switch {...part} />;
  return <Around {...part}>{(about) => <Control {...part} shape={shape} about={about} />}</Around>;
}

interface About {
  id: string;
  "aria-describedby": string;
  "aria-invalid"?: "true";
}

export const idOf = (path: string): string => `q-${path.replace(/[^\w]+/g, "-")}`;

/** The name above a control, the help and what is wrong below it. */
export function Around({ schema, name, path, optional, children }: Omit<Part, "value" | "set"> & { children: (about: About) => ComponentChildren }) {
  const id = idOf(path);
  const wrong = faultsAt(path, true);
  return (
    <div class="field">
      <label for={id}>{titleOf(name, schema)}{optional && <span class="quiet small"> (may stay empty)</span>}</label>
      {children({ id, "aria-describedby": `${id}-help`, ...(wrong.length > 0 ? { "aria-invalid": "true" } : {}) })}
      <div id={`${id}-help`}>
        {schema.description && <p class="field__help">{schema.description}</p>}
        <Faults path={path} within />
      </div>
    </div>
  );
}

export function Faults({ path, within = false }: { path: string; within?: boolean }) {
  return <>{faultsAt(path, within).map(({ where, message }) => <p class="field__error" key={where + message}>{where === path ? message : `${where}: ${message}`}</p>)}</>;
}

function Control({ shape, schema, value, set, optional, about }: Part & { shape: string; about: About }) {
  const none = optional ? undefined : "";
  if (shape === "choice") {
    return (
      <select class="input" {...about} value={String(value ?? "")} onChange={(event) => set(event.currentTarget.value || undefined)}>
        {(optional || value === undefined) && <option value="">–</option>}
        {schema.enum!.map((one) => <option key={String(one)} value={String(one)}>{String(one).replaceAll("_", " ")}</option>)}
      </select>
    );
  }
  if (shape === "number") {
    const read = (typed: string): Json => (typed.trim() === "" ? undefined : Number(typed));
    return <input class="input" type="number" step={schema.type === "integer" ? 1 : "any"} min={schema.minimum} max={schema.maximum} {...about} value={value === undefined ? "" : String(value)} onInput={(event) => set(read(event.currentTarget.value))} />;
  }
  if (shape === "names") {
    const shown = Array.isArray(value) ? value.join(", ") : String(value ?? "");
    const read = (typed: string): Json => {
      const names = listed(typed, /,/);
      return names.length > 1 ? names : (names[0] ?? none);
    };
    return <input class="input" spellcheck={false} autocapitalize="none" {...about} defaultValue={shown} onChange={(event) => set(read(event.currentTarget.value))} />;
  }
  if (shape === "lines") {
    const shown = Array.isArray(value) ? value.join("\n") : "";
    const read = (typed: string): Json => {
      const lines = listed(typed, /\n/);
      return lines.length === 0 && optional ? undefined : lines;
    };
    return <textarea class="input" rows={3} dir="auto" placeholder="One a line" {...about} defaultValue={shown} onChange={(event) => set(read(event.currentTarget.value))} />;
  }
  if (shape === "json") {
    return <textarea class="input" rows={3} {...about} defaultValue={value === undefined ? "" : JSON.stringify(value)} onChange={(event) => set(event.currentTarget.value === "" ? undefined : (parsed(event.currentTarget.value) ?? event.currentTarget.value))} />;
  }
  return <input class="input" dir="auto" maxLength={schema.maxLength} {...about} value={String(value ?? "")} onInput={(event) => set(event.currentTarget.value || none)} />;
}

function Switch({ schema, name, path, value, set }: Part) {
  return (
    <div class="field">
      <label class="check">
        <input type="checkbox" id={idOf(path)} checked={(value ?? schema.default) === true} onChange={(event) => set(event.currentTarget.checked)} />
        <span>{titleOf(name, schema)}{schema.description && <span class="field__help"> {schema.description}</span>}</span>
      </label>
      <Faults path={path} within />
    </div>
  );
}

function Ticks({ schema, name, path, value, set }: Part) {
  const ticked = Array.isArray(value) ? (value as Json[]) : [];
  const all = schema.items!.enum!;
  const turn = (one: Json, on: boolean): void => set(all.filter((each) => (each === one ? on : ticked.includes(each))));
  return (
    <fieldset class="fieldset">
      <legend>{titleOf(name, schema)}</legend>
      {schema.description && <p class="field__help">{schema.description}</p>}
      {all.map((one) => (
        <label class="check" key={String(one)}>
          <input type="checkbox" checked={ticked.includes(one)} onChange={(event) => turn(one, event.currentTarget.checked)} /> <span>{String(one).replaceAll("_", " ")}</span>
        </label>
      ))}
      <Faults path={path} within />
    </fieldset>
  );
}

function Group({ schema, name, path, optional, value, set }: Part) {
  return (
    <fieldset class="fieldset stack">
      <legend>{titleOf(name, schema)}</legend>
      {schema.description && <p class="field__help">{schema.description}</p>}
      {optional && (
        <label class="check">
          <input type="checkbox" checked={isBag(value)} onChange={(event) => set(event.currentTarget.checked ? blank(schema) : undefined)} /> <span>Use them</span>
        </label>
      )}
      {isBag(value) && <Fields schema={schema} path={path} value={value} set={set} />}
      <Faults path={path} />
    </fieldset>
  );
}
