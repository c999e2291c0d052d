/** Django's token: the cookie is the fresher one after a new sign-in in another tab; the page's copy serves when the
 *  cookie can't be read by scripts. */
export function csrfToken(): string {
  const cookie = /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)?.[1];
  return cookie ?? document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}
