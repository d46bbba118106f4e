/** A month of a roster as a grid: who holds each tier on each day, and where nobody is told. */

export interface Holder {
  id: string
  name: string
  user?: string | null
  phone?: string | null
  email?: string | null
}

export interface Leave {
  holder: string
  from: string
  to: string
  why?: string | null
}

export interface DutyDay {
  date: string
  tier: string
  holders: Holder[]
}

/** A roster as its file says it. */
export interface RosterValue {
  id: string
  jurisdiction: string
  why: string
  tiers: Record<string, Holder[]>
  days?: DutyDay[]
  leave?: Leave[]
}

/** A tier on a day. */
export interface Cell {
  date: string
  tier: string
  holders: Holder[]
  /** The usual holders who are away. */
  away: Holder[]
  /** Others than usual. */
  substitute: boolean
  /** Nobody holds it here: the one above is told, or the next tier. */
  hole: boolean
}

/** The tiers of a roster, from the desk up. */
export const tierIds = ['duty_desk', 'office_director', 'deputy', 'principal', 'coordination']

/** The days of a month `YYYY-MM`, as dates. */
export function daysOf(month: string): string[] {
  const [year = 1970, number = 1] = month.split('-').map(Number)
  const count = new Date(Date.UTC(year, number, 0)).getUTCDate()
  return Array.from({ length: count }, (_, at) => `${month}-${String(at + 1).padStart(2, '0')}`)
}

/** The month before or after. */
export function monthBy(month: string, by: number): string {
  const [year = 1970, number = 1] = month.split('-').map(Number)
  const at = new Date(Date.UTC(year, number - 1 + by, 1))
  return `${at.getUTCFullYear()}-${String(at.getUTCMonth() + 1).padStart(2, '0')}`
}

/** 一 to 日. */
export const weekdayOf = (date: string): string => '日一二三四五六'.charAt(new Date(`${date}T00:00:00Z`).getUTCDay())

const isAway = (roster: RosterValue, holder: string, date: string) => (roster.leave ?? []).some((leave) => leave.holder === holder && leave.from <= date && date <= leave.to)

/** Who holds a tier on a day: others where the day says so, else the usual ones who are not away. */
export function cellOf(roster: RosterValue, tier: string, date: string): Cell {
  const day = (roster.days ?? []).find((one) => one.date === date && one.tier === tier)
  const usual = roster.tiers[tier] ?? []
  const away = usual.filter((holder) => isAway(roster, holder.id, date))
  const holders = day ? day.holders : usual.filter((holder) => !away.includes(holder))
  return { date, tier, holders, away, substitute: day !== undefined, hole: holders.length === 0 }
}

/** The roster with a tier of a day held by these; by the usual ones where it is null. */
export function withDay(roster: RosterValue, tier: string, date: string, holders: Holder[] | null): RosterValue {
  const others = (roster.days ?? []).filter((day) => day.date !== date || day.tier !== tier)
  const days = holders && holders.length > 0 ? [...others, { date, tier, holders }] : others
  days.sort((a, b) => a.date.localeCompare(b.date) || tierIds.indexOf(a.tier) - tierIds.indexOf(b.tier))
  return { ...roster, days }
}

/** The roster with a usual holder changed wherever that id stands, so that one id stays one person. */
export function withHolder(roster: RosterValue, holder: Holder): RosterValue {
  const swap = (list: Holder[]) => list.map((one) => (one.id === holder.id ? { ...one, ...holder } : one))
  const tiers = Object.fromEntries(Object.entries(roster.tiers).map(([tier, list]) => [tier, swap(list)]))
  return { ...roster, tiers, days: (roster.days ?? []).map((day) => ({ ...day, holders: swap(day.holders) })) }
}

/** An id for a new holder that no other has. */
export function newHolderId(roster: RosterValue, user: string): string {
  const known = new Set([...Object.values(roster.tiers).flat(), ...(roster.days ?? []).flatMap((day) => day.holders)].map((holder) => holder.id))
  const base = `${roster.id}.${user || 'person'}`
  let id = base
  for (let n = 2; known.has(id); n += 1) id = `${base}-${n}`
  return id
}

/** Everybody of a roster, each once. */
export function peopleOf(roster: RosterValue): Holder[] {
  const all = [...Object.values(roster.tiers).flat(), ...(roster.days ?? []).flatMap((day) => day.holders)]
  return all.filter((holder, at) => all.findIndex((one) => one.id === holder.id) === at)
}
