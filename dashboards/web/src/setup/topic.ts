/** The form of a watched topic and what it says of itself before the service is asked. */
import type { RuleValue } from './files'

/** A rule file's list of texts, one a line. */
export const linesOf = (value: unknown): string => (Array.isArray(value) ? value.map(String).join('\n') : '')
/** The lines of a text field, without empty ones. */
export const listOf = (text: string): string[] => text.split('\n').map((line) => line.trim()).filter(Boolean)

/** A list of plain words as an expression: any of them. A text that is one already stays as it is. */
export function asExpression(text: string): string {
  const trimmed = text.trim()
  if (/[|&!~()]/.test(trimmed)) return trimmed
  const words = trimmed.split(/[\s,，、;；]+/).filter(Boolean)
  return words.join(' | ')
}

/** What is missing, in words; empty if it can be checked. */
export function missingOf(topic: RuleValue): string {
  const examples = (topic.examples ?? {}) as { matches?: unknown[]; near_misses?: unknown[] }
  if (!String(topic.name ?? '').trim()) return '请填写主题名称'
  if (!String(topic.when ?? '').trim()) return '请填写关键词'
  if (!String(topic.why ?? '').trim()) return '请写明为什么关注'
  if (!examples.matches?.length) return '请至少写一条应当命中的例子'
  if (!examples.near_misses?.length) return '请至少写一条看着像、但不应命中的例子'
  return ''
}

/** A new topic, to be filled in. */
export const newTopic = (id: string): RuleValue => ({ id, name: '', why: '', when: '', noteworthy: true, examples: { matches: [], near_misses: [] } })
