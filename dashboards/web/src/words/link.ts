/** Links that come from outside. */

/** What may be opened in a browser: an address of the web, and no script. */
export const webLink = (url: string | null | undefined): string | undefined => (/^https?:\/\//.test(url ?? '') ? (url as string) : undefined)
