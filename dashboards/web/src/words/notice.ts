/** A notice as the service wrote it, with ids of bodies and instants put into the words of a screen. */
import { fullTime } from './instant'

const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g
/** The body whose deed is told stands first. */
const ACTOR = /^[a-z][a-z0-9_]* /

/** The text of a notice for people. */
export function noticeWords(text: string, name: (id: string) => string): string {
  return text.replace(INSTANT, (at) => fullTime(at)).replace(ACTOR, (id) => name(id.trim()))
}
