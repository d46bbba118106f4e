import { describe, expect, it } from 'vitest'

import type { HeatPoint } from '@/api/types'
import { curvesOf, growthOf, looksTable } from './heat'

const START = Date.parse('2026-05-11T00:00:00+08:00')
const ms = (hour: number) => START + hour * 3_600_000
const look = (hour: number, views: number | null, more: Partial<HeatPoint> = {}): HeatPoint => ({ at: new Date(ms(hour)).toISOString(), mentions: 2, views, reposts: null, comments: null, likes: null, ...more })
const answered = (hour: number) => [{ at: ms(hour), word: '公开回应', answer: true }]

it('draws what posts show, and nothing for what none shows', () => {
  const curves = curvesOf([look(0, 10), look(1, null, { comments: 3 }), look(6, 40, { comments: 5 })])
  expect(curves.map((curve) => [curve.name, curve.points.map(([, count]) => count)])).toEqual([
    ['阅读', [10, 40]],
    ['评论', [3, 5]],
  ])
})

it('tells each look with its time; unknown is no nought', () => {
  expect(looksTable([look(1, 10)]).rows).toEqual([['2026-05-11 01:00', 2, 10, '—', '—', '—']])
})

describe('what the answer did', () => {
  it('compares how much was added in as long before and after it', () => {
    const growth = growthOf([look(0, 0), look(4, 400), look(8, 440), look(20, 460)], answered(4))
    expect([growth?.before, growth?.after]).toEqual([400, 40])
    expect(growth?.words).toBe('公开回应前4小时阅读增加 400，后4小时增加 40')
  })

  it('reckons between two looks', () => {
    const growth = growthOf([look(0, 0), look(10, 100), look(20, 110)], answered(5))
    expect([growth?.before, growth?.after]).toEqual([50, 50])
  })

  it('says nothing without looks on both sides, or without an answer', () => {
    expect(growthOf([look(0, 0), look(4, 9)], answered(4))).toBeNull()
    expect(growthOf([look(0, 0), look(4, 9)], [])).toBeNull()
    expect(growthOf([], answered(4))).toBeNull()
  })
})
