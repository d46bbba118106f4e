/** By which name a source is told. */

/** A medium or a site, as people call it; null for the id of a source in the rules, which names nothing to them: its channel stands beside. */
export function mediaName(source: string | null | undefined): string | null {
  return source && !/^[\w-]+$/.test(source) ? source : null
}
