/** Time in slots of one length, and their names: pure. */
import { fullTime } from '@/words/instant'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** `09:00` for an hour, `05-11` for a day, `05-11 08:00` for what lies between. */
export function slotName(from: number, slotMs: number): string {
  const at = fullTime(from)
  if (slotMs >= DAY_MS) return at.slice(5, 10)
  return slotMs === HOUR_MS ? at.slice(11) : at.slice(5)
}

/** The names of all slots from an instant on. */
export const slotNames = (from: number, slotMs: number, count: number): string[] => Array.from({ length: count }, (_, n) => slotName(from + n * slotMs, slotMs))

/** Lengths from which a span is cut, so that a chart has between a dozen and a few dozen bars. */
const LENGTHS = [HOUR_MS / 4, HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS, 12 * HOUR_MS, DAY_MS, 7 * DAY_MS, 30 * DAY_MS]
/** Most bars of a chart. */
const BARS_MAX = 48
const BEIJING_OFFSET_MS = 8 * HOUR_MS

export interface Slots {
  from: number
  slotMs: number
  count: number
}

/** Slots that hold both instants, beginning at a round time of Beijing. */
export function slotsOver(first: number, last: number): Slots {
  const slotMs = LENGTHS.find((length) => (last - first) / length < BARS_MAX - 1) ?? LENGTHS.at(-1) ?? DAY_MS
  const from = Math.floor((first + BEIJING_OFFSET_MS) / slotMs) * slotMs - BEIJING_OFFSET_MS
  return { from, slotMs, count: Math.floor((last - from) / slotMs) + 1 }
}

/** How many of the instants lie in each slot. */
export function countIn(slots: Slots, instants: readonly number[]): number[] {
  const counts = Array.from({ length: slots.count }, () => 0)
  for (const at of instants) {
    const n = Math.floor((at - slots.from) / slots.slotMs)
    if (n >= 0 && n < slots.count) counts[n] = (counts[n] ?? 0) + 1
  }
  return counts
}

/** The points of a line through values, for a drawing of that size; flat at the bottom where all are nought. */
export function sparkline(values: readonly number[], width: number, height: number): string {
  const most = Math.max(1, ...values)
  const step = values.length > 1 ? width / (values.length - 1) : 0
  return values.map((value, n) => `${(n * step).toFixed(1)},${(height - (value / most) * height).toFixed(1)}`).join(' ')
}
