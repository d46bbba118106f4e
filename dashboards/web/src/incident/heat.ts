/** How far the posts of a case went (传播量), look by look: pure. */
import type { HeatPoint } from '@/api/types'
import { fullTime, roughLength, toMs } from '@/words/instant'
import type { Deed } from './pictures'

const HOUR_MS = 3_600_000
/** The longest time before and after an answer that is compared. */
const COMPARED_MAX_MS = 24 * HOUR_MS

/** What posts count, as their pages call it. */
export const MEASURES = [
  { id: 'views', name: '阅读' },
  { id: 'reposts', name: '转发' },
  { id: 'comments', name: '评论' },
  { id: 'likes', name: '点赞' },
] as const
type Measure = (typeof MEASURES)[number]['id']

export interface Curve {
  name: string
  /** Instant (ms) and number, one for each look at which it was known. */
  points: [number, number][]
}

/** A curve for each measure that any post shows. */
export function curvesOf(looks: readonly HeatPoint[]): Curve[] {
  return MEASURES.map(({ id, name }) => ({ name, points: known(looks, id) })).filter((curve) => curve.points.length > 0)
}

function known(looks: readonly HeatPoint[], id: Measure): [number, number][] {
  return looks.flatMap((look): [number, number][] => {
    const [at, count] = [toMs(look.at), look[id]]
    return at === null || count === null || count === undefined ? [] : [[at, count]]
  })
}

/** The looks as a table: when, how many posts, and what they showed; what no post shows is a dash, not a nought. */
export function looksTable(looks: readonly HeatPoint[]): { head: string[]; rows: (string | number)[][] } {
  return {
    head: ['查看时间', '信息条数', ...MEASURES.map(({ name }) => name)],
    rows: looks.map((look) => [fullTime(toMs(look.at) ?? 0), look.mentions, ...MEASURES.map(({ id }) => look[id] ?? '—')]),
  }
}

/** What was counted at an instant: between two looks in proportion to time, before the first one unknown. */
function countAt(points: readonly [number, number][], at: number): number | null {
  const after = points.findIndex(([time]) => time >= at)
  if (after < 0) return null
  const [time, count] = points[after]!
  if (time === at) return count
  const before = points[after - 1]
  return before ? before[1] + ((count - before[1]) * (at - before[0])) / (time - before[0]) : null
}

export interface Growth {
  before: number
  after: number
  words: string
}

/**
 * Whether the posts went on to spread after the first answer as they did before it, in as long a time on either side. By what is
 * read, or the next best that is shown. Null where no look lies on both sides.
 */
export function growthOf(looks: readonly HeatPoint[], deeds: readonly Deed[]): Growth | null {
  const answer = deeds.find((deed) => deed.answer)
  const curve = curvesOf(looks)[0]
  const [first, last] = [curve?.points[0], curve?.points.at(-1)]
  if (!answer || !curve || !first || !last) return null
  const span = Math.min(COMPARED_MAX_MS, answer.at - first[0], last[0] - answer.at)
  if (span < HOUR_MS) return null
  const [early, then, late] = [-span, 0, span].map((apart) => countAt(curve.points, answer.at + apart))
  if (early == null || then == null || late == null) return null
  const [before, after] = [Math.round(then - early), Math.round(late - then)]
  const long = roughLength(span)
  return { before, after, words: `${answer.word}前${long}${curve.name}增加 ${before}，后${long}增加 ${after}` }
}
