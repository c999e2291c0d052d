import type { Bag } from "./schema";

const PICTURE = "data:image/svg+xml," + encodeURIComponent(
  "<svg xmlns='http://www.w3.org/2000/svg' width='800' height='500'><rect width='800' height='500' fill='#9db7c9'/>" +
    "<rect y='330' width='800' height='170' fill='#5d6d66'/><rect x='120' y='260' width='220' height='110' rx='16' fill='#b0413e'/>" +
    "<circle cx='620' cy='120' r='60' fill='#f2d16b'/></svg>",
);
const TEXT = "Alice Munro flew from Toronto to Oslo in May. The flight was late, and nobody said why.";

/** Something to show where a project has no examples yet: a value for each field that the definition names. */
export function sampleOf(definition: Bag): Bag {
  const input = (definition.input ?? {}) as { kind?: string; fields?: unknown; format?: unknown };
  const fields = Array.isArray(input.fields) ? input.fields.filter((field) => typeof field === "string") : [];
  const formatOf = (field: string): unknown => (typeof input.format === "object" && input.format ? (input.format as Bag)[field] : input.format);
  const picture = { url: PICTURE, width: 800, height: 500, alt: "A car by the road, under the sun" };
  const values = fields.map((field) => {
    if (input.kind === "image" || formatOf(field) === "image") return [field, picture];
    return [field, field === definition.candidates ? ["The first of two answers.", "The second of two answers."] : TEXT];
  });
  return Object.fromEntries(values) as Bag;
}
