/** A factual title of a case: where, what, how many, from what the texts were judged by; for a person to take, change or leave. */
import type { Reason } from '@/api/types'

const TOPIC = /^([^（：]+)/
const QUOTED = /“([^”]{2,20})”/g
const NUMBERS = /[0-9０-９一二三四五六七八九十百千万两几数]/
const FACTS_MAX = 2

/** Proposed titles, the fullest first; none where nothing but a place is known. */
export function proposedTitles(place: string, reasons: readonly Reason[]): string[] {
  const topic = reasons.filter((reason) => reason.of === 'topic').map((reason) => TOPIC.exec(reason.why)?.[1]?.trim() ?? '')[0] ?? ''
  const quoted = reasons.filter((reason) => reason.of === 'event_grade').flatMap((reason) => [...reason.why.matchAll(QUOTED)].map((found) => found[1]!))
  const facts = [...new Set(quoted)].filter((fact) => NUMBERS.test(fact)).slice(0, FACTS_MAX)
  const event = topic || [...new Set(quoted)].find((fact) => !NUMBERS.test(fact)) || ''
  if (!event && facts.length === 0) return []
  const whole = [`${place}${event}`, ...facts].filter(Boolean).join('，')
  return [...new Set(facts.length > 0 && event ? [whole, `${place}${event}`] : [whole])]
}
