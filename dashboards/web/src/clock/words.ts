/** What a clock says at an instant: the word, the share of time used, and its look. Pure, so that it can be tested. */
import type { ClockView, PlannedClock } from '@/api/types'
import { fullTime, length, roughLength, toMs } from '@/words/instant'

export type Look = 'calm' | 'half' | 'near' | 'urgent' | 'overdue' | 'met' | 'late' | 'off'
export type Sign = 'none' | 'clock' | 'warning' | 'tick' | 'tick-outline' | 'minus'

export interface Face {
  look: Look
  /** 剩 31小时20分 */
  word: string
  /** Share of the time used, 0–100; null where no bar is drawn. */
  percent: number | null
  sign: Sign
  /** True while the word changes with the time. */
  runs: boolean
}

/** Share of the time from anchor to due that is used at `now`, 0–100. */
export function percentUsed(anchor: number, due: number, now: number): number {
  if (due <= anchor) return now >= due ? 100 : 0
  return Math.min(100, Math.max(0, ((now - anchor) / (due - anchor)) * 100))
}

function running(clock: PlannedClock, anchor: number, due: number, now: number): Face {
  const left = due - now
  if (clock.breached || left < 0) {
    const word = left < 0 ? `超 ${roughLength(left)}` : '超时'
    return { look: 'overdue', word, percent: 100, sign: 'warning', runs: true }
  }
  const percent = percentUsed(anchor, due, now)
  const planned = toMs(clock.planned_at)
  const word = planned === null ? `剩 ${length(left)}` : `已计划 ${fullTime(planned).slice(5)} · 待确认`
  if (percent >= 90) return { look: 'urgent', word, percent, sign: 'clock', runs: true }
  if (percent >= 75) return { look: 'near', word, percent, sign: 'clock', runs: true }
  return { look: percent >= 50 ? 'half' : 'calm', word, percent, sign: 'none', runs: true }
}

/** When the act came: told, or reckoned from the share of time that was used. */
function endedAt(clock: ClockView, anchor: number, due: number): number | null {
  const told = toMs(clock.ended_at)
  if (told !== null) return told
  return clock.percent_used > 0 && clock.percent_used < 100 ? anchor + ((due - anchor) * clock.percent_used) / 100 : null
}

function met(clock: ClockView, anchor: number, due: number): Face {
  const ended = endedAt(clock, anchor, due)
  const lead = ended === null ? 0 : due - ended
  const word = lead > 0 ? `按时 · 提前 ${roughLength(lead)}` : '按时'
  return { look: 'met', word, percent: null, sign: 'tick', runs: false }
}

/** The face of a clock at `now` (milliseconds since the epoch). */
export function faceOf(clock: PlannedClock, now: number): Face {
  const anchor = toMs(clock.anchor_at) ?? now
  const due = toMs(clock.due_at) ?? now
  switch (clock.state) {
    case 'met':
      return met(clock, anchor, due)
    case 'ended_late':
      return { look: 'late', word: '逾期办结', percent: null, sign: 'tick-outline', runs: false }
    case 'corrected':
      return { look: 'late', word: '补录', percent: null, sign: 'tick-outline', runs: false }
    case 'refuted':
      return { look: 'off', word: '不计逾期', percent: null, sign: 'minus', runs: false }
    case 'cancelled':
      return { look: 'off', word: '已取消', percent: null, sign: 'minus', runs: false }
    case 'superseded':
      return { look: 'off', word: '已被替代', percent: null, sign: 'minus', runs: false }
    case 'running':
    case 'breached':
      return running(clock, anchor, due, now)
  }
}

/** True while the clock waits for its act. */
export function isOpen(clock: ClockView): boolean {
  return clock.state === 'running' || clock.state === 'breached'
}

/** Overdue ones first, then by due time: the order in which a person must act. */
export function byUrgency(a: ClockView, b: ClockView): number {
  return (toMs(a.due_at) ?? 0) - (toMs(b.due_at) ?? 0)
}

/** The clock that a list shows for a case: of the statutory ones that are open the first that is due, else of all. */
export function leadingClock(clocks: readonly ClockView[]): ClockView | undefined {
  const open = clocks.filter(isOpen).sort(byUrgency)
  return open.find((clock) => clock.force === 'statutory') ?? open[0]
}
