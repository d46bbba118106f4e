/** What was said over a day or a week, as series, rows and sentences: pure. */
import type { Volume } from '@/api/types'
import type { Ink } from '@/charts/ink'
import type { Series } from '@/charts/options'
import { slotNames } from '@/charts/slots'
import { toMs } from '@/words/instant'

const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0)

/** The series of the picture, the gravest at the bottom where it can be compared best. */
export function feelings(volume: Volume, ink: Ink): Series[] {
  const all: Series[] = [
    { name: '负面', values: volume.negative, colour: ink.negative },
    { name: '中性', values: volume.neutral, colour: ink.neutral },
    { name: '正面', values: volume.positive, colour: ink.positive },
  ]
  return sum(volume.unjudged) > 0 ? [...all, { name: '未分析', values: volume.unjudged, colour: ink.unjudged }] : all
}

/** Names of the slots. */
export const slotsOf = (volume: Volume): string[] => slotNames(toMs(volume.from) ?? 0, volume.slot_ms, volume.negative.length)

/** Mentions of each slot. */
export const totals = (volume: Volume): number[] => volume.negative.map((_, n) => (volume.negative[n] ?? 0) + (volume.neutral[n] ?? 0) + (volume.positive[n] ?? 0) + (volume.unjudged[n] ?? 0))

/** Rows of its table: slot, each feeling, all. */
export function volumeRows(volume: Volume): (string | number)[][] {
  const all = totals(volume)
  return slotsOf(volume).map((name, n) => [name, volume.negative[n] ?? 0, volume.neutral[n] ?? 0, volume.positive[n] ?? 0, volume.unjudged[n] ?? 0, all[n] ?? 0])
}

export const VOLUME_HEAD = ['时间', '负面', '中性', '正面', '未分析', '合计']

/** How many in all, and which share of what was judged is negative. */
export function volumeNumbers(volume: Volume): { all: number; negative: number; share: number | null } {
  const negative = sum(volume.negative)
  const judged = negative + sum(volume.neutral) + sum(volume.positive)
  return { all: judged + sum(volume.unjudged), negative, share: judged > 0 ? Math.round((negative / judged) * 100) : null }
}

/** The picture in a sentence. */
export function volumeSays(volume: Volume, over: 'day' | 'week'): string {
  const { all, negative, share } = volumeNumbers(volume)
  const when = over === 'day' ? '近 24 小时' : '近 7 天'
  if (all === 0) return `${when}没有信息`
  const values = totals(volume)
  const peak = values.indexOf(Math.max(...values))
  return `${when}共 ${all} 条，负面 ${negative} 条${share === null ? '' : `（占已分析的 ${share}%）`}，最多的是 ${slotsOf(volume)[peak]}，${values[peak]} 条`
}
