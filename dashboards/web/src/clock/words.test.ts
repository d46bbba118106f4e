import { describe, expect, it } from 'vitest'

import type { PlannedClock, Publication } from '@/api/types'
import { withPlans } from './plans'
import { byUrgency, faceOf, isOpen, leadingClock, percentUsed } from './words'

const anchor = '2026-05-11T10:00:00+08:00'
const due = '2026-05-13T10:00:00+08:00'

function clock(change: Partial<PlannedClock> = {}): PlannedClock {
  return {
    id: 'c1',
    kind: 'response',
    anchor_at: anchor,
    due_at: due,
    force: 'statutory',
    clause: '国办发〔2016〕61号',
    state: 'running',
    breached: false,
    operational: false,
    percent_used: 0,
    trace: [],
    ...change,
  }
}

const at = (text: string) => Date.parse(`${text}+08:00`)

describe('the share of time used', () => {
  it('runs from 0 at the anchor to 100 at the due time and no further', () => {
    const [from, to] = [Date.parse(anchor), Date.parse(due)]
    expect(percentUsed(from, to, from - 1)).toBe(0)
    expect(percentUsed(from, to, from)).toBe(0)
    expect(percentUsed(from, to, at('2026-05-12T10:00:00'))).toBe(50)
    expect(percentUsed(from, to, to)).toBe(100)
    expect(percentUsed(from, to, to + 1)).toBe(100)
  })
  it('is all used where a clock was born overdue', () => {
    expect(percentUsed(10, 10, 9)).toBe(0)
    expect(percentUsed(10, 10, 10)).toBe(100)
  })
})

describe('a running clock', () => {
  it.each([
    ['2026-05-11T10:40:00', 'calm', '剩 47小时20分', 'none'],
    ['2026-05-12T09:59:59', 'calm', '剩 24小时', 'none'],
    ['2026-05-12T10:00:00', 'half', '剩 24小时', 'none'],
    ['2026-05-12T22:00:00', 'near', '剩 12小时', 'clock'],
    ['2026-05-13T03:55:00', 'near', '剩 6小时05分', 'clock'],
    ['2026-05-13T05:12:00', 'urgent', '剩 4小时48分', 'clock'],
    ['2026-05-13T09:11:48', 'urgent', '剩 48分12秒', 'clock'],
    ['2026-05-13T09:59:51', 'urgent', '剩 9秒', 'clock'],
    ['2026-05-13T10:00:00', 'urgent', '剩 0秒', 'clock'],
    ['2026-05-13T11:05:00', 'overdue', '超 1小时05分', 'warning'],
  ])('at %s looks %s and says %s', (now, look, word, sign) => {
    expect(faceOf(clock(), at(now))).toMatchObject({ look, word, sign, runs: true })
  })
  it('stays red once breached, and never says that time is left', () => {
    expect(faceOf(clock({ state: 'breached', breached: true }), at('2026-05-13T10:00:00'))).toMatchObject({ look: 'overdue', word: '超时' })
    expect(faceOf(clock({ state: 'breached', breached: true }), at('2026-05-16T10:00:00')).word).toBe('超 3天')
  })
  it('says what is planned and keeps its bar', () => {
    const face = faceOf(clock({ planned_at: '2026-05-12T10:00:00+08:00' }), at('2026-05-12T10:00:00'))
    expect(face.word).toBe('已计划 05-12 10:00 · 待确认')
    expect(face.percent).toBe(50)
  })
})

describe('a clock that ended', () => {
  it.each([
    [{ state: 'met', ended_at: '2026-05-13T05:00:00+08:00' }, 'met', '按时 · 提前 5小时', 'tick'],
    [{ state: 'met', percent_used: 50 }, 'met', '按时 · 提前 24小时', 'tick'],
    [{ state: 'met', ended_at: due }, 'met', '按时', 'tick'],
    [{ state: 'ended_late', breached: true }, 'late', '逾期办结', 'tick-outline'],
    [{ state: 'corrected', breached: true }, 'late', '补录', 'tick-outline'],
    [{ state: 'refuted', breached: true }, 'off', '不计逾期', 'minus'],
    [{ state: 'cancelled' }, 'off', '已取消', 'minus'],
    [{ state: 'superseded' }, 'off', '已被替代', 'minus'],
  ] as const)('%j looks %s and says %s', (change, look, word, sign) => {
    const face = faceOf(clock(change), at('2026-06-01T00:00:00'))
    expect(face).toMatchObject({ look, word, sign, percent: null, runs: false })
  })
})

describe('a plan', () => {
  const plan: Publication = {
    kind: 'press_conference',
    department: 'ecology',
    effective_at: '2026-05-12T10:00:00+08:00',
    recorded_at: '2026-05-11T12:00:00+08:00',
    planned: true,
    pending: false,
    reviewed: true,
  }
  it('shows on the clocks that it would meet, until it is confirmed', () => {
    const clocks = [clock({ id: 'main' }), clock({ id: 'task', kind: 'acknowledge', department: 'ecology' }), clock({ id: 'met', state: 'met' })]
    expect(withPlans(clocks, [plan]).map((c) => c.planned_at)).toEqual([plan.effective_at, undefined, undefined])
    expect(withPlans(clocks, [{ ...plan, planned: false }]).map((c) => c.planned_at)).toEqual([undefined, undefined, undefined])
    expect(withPlans([clock({ kind: 'press_conference' })], [{ ...plan, kind: 'statement' }])[0]?.planned_at).toBeUndefined()
  })
})

describe('which clock a list shows', () => {
  const internal = clock({ id: 'a', force: 'internal', due_at: '2026-05-11T12:00:00+08:00' })
  const statutory = clock({ id: 'b' })
  const earlier = clock({ id: 'c', due_at: '2026-05-12T10:00:00+08:00' })
  it('is the statutory one that is due first, and without any the first of all', () => {
    expect(leadingClock([internal, statutory, earlier])?.id).toBe('c')
    expect(leadingClock([statutory, earlier, clock({ id: 'd', state: 'met', due_at: '2026-05-11T08:00:00+08:00' })])?.id).toBe('c')
    expect(leadingClock([clock({ state: 'cancelled' })])).toBeUndefined()
  })
  it('is one that is overdue before one that still runs, within its force', () => {
    expect(leadingClock([statutory, clock({ id: 'f', force: 'internal', state: 'breached', breached: true, due_at: '2026-05-01T08:00:00+08:00' })])?.id).toBe('b')
    const overdue = clock({ id: 'e', state: 'breached', breached: true, due_at: '2026-05-11T08:00:00+08:00' })
    expect(leadingClock([internal, overdue])?.id).toBe('e')
  })
  it('orders by due time and counts breached ones as open', () => {
    expect([statutory, earlier, internal].sort(byUrgency).map((c) => c.id)).toEqual(['a', 'c', 'b'])
    expect(isOpen(clock({ state: 'breached' }))).toBe(true)
    expect(isOpen(clock({ state: 'refuted' }))).toBe(false)
  })
})
