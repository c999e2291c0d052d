/** The rules of check_image in labelling/schemas/inputs.py: what was stored before them, or slips past them, is not
 *  loaded. */
export interface Image {
  url: string;
  width?: number;
  height?: number;
  alt?: string;
}

const DATA = /^data:image\/(png|jpeg|gif|webp|avif|svg\+xml)[;,]/;

/** The image to load, or null where the value names none that may be. */
export function imageOf(value: unknown): Image | null {
  const given = (typeof value === "string" ? { url: value } : value) as Partial<Image> | null;
  const { url, width, height, alt } = given ?? {};
  if (typeof url !== "string" || !allowed(url)) return null;
  const sized = side(width) && side(height) ? { width, height } : {};
  return { url, ...sized, ...(typeof alt === "string" && alt !== "" ? { alt } : {}) };
}

function allowed(url: string): boolean {
  if (/[\x00-\x20\x7f\\]/.test(url)) return false;
  if (DATA.test(url) || (url.startsWith("/") && !url.startsWith("//"))) return true;
  return url.startsWith("https://") && URL.canParse(url);
}

const side = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0;
