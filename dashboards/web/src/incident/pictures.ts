/** A case over time: what was said, what was done, and whether it fell after the answer. Pure. */
import type { CasePicture, LedgerRow } from '@/api/types'
import { countIn, slotsOver, type Slots } from '@/charts/slots'
import { roughLength, toMs } from '@/words/instant'
import { gradeWord, publicationKind } from '@/words/terms'

const HOUR_MS = 3_600_000
/** The longest time before and after an answer that is compared. */
const COMPARED_MAX_MS = 24 * HOUR_MS
/** Shorter after an answer than this, nothing can be said yet. */
const COMPARED_MIN_MS = HOUR_MS

/** Something that was done, on the axis of time. */
export interface Deed {
  at: number
  word: string
  answer: boolean
}

/** What of the record stands on the axis: detection, gradings by persons, assignments, answers, the end. */
export function deedsOf(rows: readonly LedgerRow[]): Deed[] {
  const deeds: Deed[] = []
  for (const row of rows) {
    const at = toMs(row.effective_at ?? row.at)
    if (at === null) continue
    const answers = (row.event === 'responded' && row.planned !== true && row.pending !== true) || row.event === 'held'
    if (answers) deeds.push({ at, word: row.kind ? publicationKind(String(row.kind)) : '发布会', answer: true })
    else if (row.event === 'incident_opened') deeds.push({ at, word: '发现', answer: false })
    else if (row.event === 'graded' && row.proposed !== true) deeds.push({ at, word: `定级${gradeWord(String(row.opinion_grade ?? ''))}`, answer: false })
    else if (row.event === 'assigned' && row.role === 'lead') deeds.push({ at, word: '交办', answer: false })
    else if (row.event === 'closed') deeds.push({ at, word: '办结', answer: false })
  }
  return deeds.sort((a, b) => a.at - b.at)
}

export interface Course {
  slots: Slots
  negative: number[]
  other: number[]
  /** One for each slot in which anything was done; the line carries its number, the words stand below. */
  marks: { slot: number; at: number; words: string }[]
}

/** Posts and deeds on one axis; null where there is nothing to draw. */
export function courseOf(picture: CasePicture, deeds: readonly Deed[], now: number): Course | null {
  const said = picture.posts.map((post) => ({ at: toMs(post.at) ?? 0, negative: post.negative }))
  const first = said[0]
  const last = said.at(-1)
  if (!first || !last) return null
  // An old letter does not stretch the axis over years to the day it was imported; deeds within the time of the posts, or soon
  // after it, do.
  const reach = Math.max(COMPARED_MAX_MS, last.at - first.at)
  const within = deeds.filter((deed) => deed.at >= first.at - reach && deed.at <= last.at + reach)
  const ends = [first.at, last.at, ...within.map((deed) => deed.at)].map((at) => Math.min(at, now))
  const slots = slotsOver(Math.min(...ends), Math.max(...ends))
  const done = new Map<number, Deed[]>()
  for (const deed of within) {
    const slot = Math.floor((deed.at - slots.from) / slots.slotMs)
    if (slot >= 0 && slot < slots.count) done.set(slot, [...(done.get(slot) ?? []), deed])
  }
  return {
    slots,
    negative: countIn(slots, said.filter((post) => post.negative).map((post) => post.at)),
    other: countIn(slots, said.filter((post) => !post.negative).map((post) => post.at)),
    marks: [...done]
      .map(([slot, list]) => ({ slot, at: list[0]?.at ?? 0, words: [...new Set(list.map((deed) => deed.word))].join('、') }))
      .sort((a, b) => a.slot - b.slot),
  }
}

export interface Fall {
  /** Mentions an hour before and after the first answer, over as long on both sides. */
  before: number
  after: number
  /** How long on each side, ms. */
  span: number
  words: string
}

/** Whether less was said after the first answer than before; null where nobody answered or too little time has passed. */
export function fallOf(picture: CasePicture, deeds: readonly Deed[], now: number): Fall | null {
  const answer = deeds.find((deed) => deed.answer && deed.at <= now)
  if (!answer) return null
  const span = Math.min(COMPARED_MAX_MS, now - answer.at)
  if (span < COMPARED_MIN_MS) return null
  const instants = picture.posts.map((post) => toMs(post.at) ?? 0)
  const before = instants.filter((at) => at >= answer.at - span && at < answer.at).length
  const after = instants.filter((at) => at >= answer.at && at < answer.at + span).length
  const long = roughLength(span)
  let words = `回应前后各${long}都没有信息`
  if (before > 0) {
    const change = Math.round(((after - before) / before) * 100)
    const how = change < 0 ? `下降 ${-change}%` : change > 0 ? `上升 ${change}%` : '持平'
    words = `${answer.word}前${long} ${before} 条，后${long} ${after} 条，${how}`
  } else if (after > 0) words = `${answer.word}前${long}没有信息，后${long} ${after} 条`
  return { before, after, span, words }
}

/** Mentions by channel, the most first. */
export function channelsOf(picture: CasePicture): { channel: string; count: number }[] {
  const counts = new Map<string, number>()
  for (const post of picture.posts) counts.set(post.channel, (counts.get(post.channel) ?? 0) + 1)
  return [...counts].map(([channel, count]) => ({ channel, count })).sort((a, b) => b.count - a.count)
}
