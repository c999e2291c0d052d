/** What is wrong with an answer that must have one field and nothing besides; null when nothing. */
export function checkOnly(answer: unknown, field: string): string | null {
  const fields = typeof answer === "object" && answer !== null && !Array.isArray(answer) ? Object.keys(answer) : [];
  return fields.length === 1 && fields[0] === field ? null : `answer: must be an object with the one field "${field}"`;
}
