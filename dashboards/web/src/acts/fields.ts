/** The fields that an act asks for: what each begins with, what is wrong with it, and what is sent of it. */
import type { Act, IncidentDetail, LedgerRow } from '@/api/types'
import type { CaseRecord } from '@/incident/records'
import { fromWallClock, toMs } from '@/words/instant'

/** What an act is done to: the case, and the records around it. */
export interface Case {
  incident: IncidentDetail
  records: readonly CaseRecord[]
  /** What was done to it, as rows of the ledger. */
  history: readonly LedgerRow[]
  /** The department that the user works for; `null`: they act for the office. */
  body: string | null
  /** The user is a leader: what they instruct is their own. */
  leads?: boolean
}

export type Value = string | boolean | string[]

/** What was typed so far, by the field's key. */
export type Draft = Record<string, Value>

export interface Option {
  value: string
  words: string
}

interface Common<T> {
  key: string
  /** Under which key it is sent, if it's another; `null`: it steers the dialog alone. */
  as?: string | null
  label: string
  optional?: boolean
  /** What is said where it was left empty; else a sentence is made from the label. */
  missing?: string
  hint?: (draft: Draft) => string
  /** Asked for only then. */
  when?: (draft: Draft, on: T) => boolean
  initial?: (on: T) => Value
  /** What is wrong with it beyond its kind, in words; empty where nothing is. */
  check?: (draft: Draft, on: T) => string
}

/** A field of a dialog about a `T`. */
export type Field<T = Case> = Common<T> &
  (
    | { kind: 'text'; max: number; rows?: number; placeholder?: string; presets?: string[]; proposals?: (on: T) => string[] }
    | { kind: 'url' }
    /** A person's name: typed, or taken from the roster. */
    | { kind: 'person' }
    /** One body, or several. `except` are not offered. */
    | { kind: 'body' | 'bodies'; except?: (on: T) => string[] }
    | { kind: 'choice'; options: (on: T) => Option[]; look: 'buttons' | 'radios' | 'select' }
    /** Any of several. */
    | { kind: 'choices'; options: (on: T) => Option[] }
    | { kind: 'check' }
    /** A day, or an instant by Beijing's wall clock, which lies before or after now. */
    | { kind: 'day' | 'time'; lies: 'before' | 'after' }
    /** Some of an incident's mentions. */
    | { kind: 'mentions'; of: (on: T) => string }
  )

/** What a field offers, of what the dialog is about. */
export interface Offers {
  options: Option[]
  /** Bodies that are not offered. */
  except: string[]
  /** Whose mentions. */
  incident: string
}

export function offers<T>(field: Field<T>, on: T): Offers {
  return {
    options: field.kind === 'choice' || field.kind === 'choices' ? field.options(on) : field.kind === 'text' ? (field.proposals?.(on) ?? []).map((words) => ({ value: words, words })) : [],
    except: field.kind === 'body' || field.kind === 'bodies' ? (field.except?.(on) ?? []) : [],
    incident: field.kind === 'mentions' ? field.of(on) : '',
  }
}

/** Kinds in which one chooses rather than writes. */
const CHOSEN = ['body', 'bodies', 'choice', 'choices', 'day', 'time', 'mentions', 'person']
const LINK = /^https?:\/\/\S+$/
const DAY_MS = 86_400_000

const empty = (value: Value | null | undefined) => (Array.isArray(value) ? value.length === 0 : typeof value === 'string' ? value.trim() === '' : value === null || value === undefined)

function blank<T>(field: Field<T>): Value {
  if (field.kind === 'check') return false
  return ['bodies', 'choices', 'mentions'].includes(field.kind) ? [] : ''
}

/** What the dialog opens with. */
export function begin<T>(fields: readonly Field<T>[], on: T): Draft {
  return Object.fromEntries(fields.map((field) => [field.key, field.initial?.(on) ?? blank(field)]))
}

/** The fields that are asked for, as things stand. */
export function asked<T>(fields: readonly Field<T>[], draft: Draft, on: T): Field<T>[] {
  return fields.filter((field) => field.when?.(draft, on) ?? true)
}

/** When an office ends its day: what a day stands for where something is due on it. */
export const END_OF_WORK = '18:00:00'

/** The instant that was chosen. A day ahead is the end of its work; one that is over is its last second. */
function instant(field: { kind: string; lies?: string }, value: Value | undefined): string | null {
  if (typeof value !== 'string' || value === '') return null
  if (field.kind !== 'day') return fromWallClock(value)
  return fromWallClock(`${value}T${field.lies === 'after' ? END_OF_WORK : '23:59:59'}`)
}

/** What is wrong with a field, in words; empty where it may be sent. */
export function problem<T>(field: Field<T>, draft: Draft, now: number, on?: T): string {
  const value = draft[field.key]
  const beyond = on === undefined ? '' : (field.check?.(draft, on) ?? '')
  if (beyond) return beyond
  if (empty(value)) {
    if (field.optional || field.kind === 'check') return ''
    return field.missing ?? `请${CHOSEN.includes(field.kind) ? '选择' : '填写'}${field.label}`
  }
  if (field.kind === 'url') return LINK.test(String(value).trim()) ? '' : '链接要以 http:// 或 https:// 开头'
  if (field.kind !== 'time' && field.kind !== 'day') return ''
  const at = toMs(instant(field, value))
  if (at === null) return `请选择${field.label}`
  if (field.lies === 'after') return at > now ? '' : `${field.label}要晚于现在`
  // A day that has begun is not over: its midnight has passed.
  return at <= now + (field.kind === 'day' ? DAY_MS : 0) ? '' : `${field.label}不能晚于现在`
}

/** What was entered, in words, for whoever confirms it: fields that were left empty say so where they matter. */
export function told<T>(fields: readonly Field<T>[], draft: Draft, on: T, bodyName: (id: string) => string): { label: string; words: string }[] {
  const words = (field: Field<T>): string => {
    const value = draft[field.key]
    if (field.kind === 'check') return value === true ? '是' : '否'
    if (empty(value)) return ''
    const list = Array.isArray(value) ? value : [String(value)]
    const named = (ids: readonly string[], options: readonly Option[]) => ids.map((id) => options.find((option) => option.value === id)?.words ?? id).join('、')
    switch (field.kind) {
      case 'choice':
      case 'choices':
        return named(list, field.options(on))
      case 'body':
      case 'bodies':
        return list.map(bodyName).join('、')
      case 'time':
        return String(value).replace('T', ' ').slice(0, 16)
      case 'mentions':
        return `${list.length} 条`
      default:
        return String(value).trim()
    }
  }
  const all = asked(fields, draft, on).map((field) => ({ label: field.label, words: words(field) }))
  return all.filter((one) => one.words !== '')
}

/** What is sent: nothing of what was left empty, or is not asked for. */
export function sent<T>(fields: readonly Field<T>[], draft: Draft, on: T): Omit<Act, 'do'> {
  const body: Record<string, unknown> = {}
  for (const field of asked(fields, draft, on)) {
    const value = draft[field.key]
    if (field.as === null || empty(value)) continue
    const key = field.as ?? field.key
    if (field.kind === 'time' || field.kind === 'day') body[key] = instant(field, value)
    else body[key] = typeof value === 'string' ? value.trim() : value
  }
  return body
}
