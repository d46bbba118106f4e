import { expect, it } from 'vitest'

import type { RunningClock, Standing, Volume } from '@/api/types'
import { inkOf } from '@/charts/ink'
import { isDark, lookOf } from '@/frame/look'
import { newlyOverdue, overdueAt } from '@/wall/breach'
import { clocksByLook, counties, mapSays } from './standing'
import { feelings, volumeNumbers, volumeRows, volumeSays } from './volume'

const volume = (unjudged = 0): Volume => ({
  from: '2026-05-11T08:00:00+08:00',
  until: '2026-05-11T10:00:00+08:00',
  slot_ms: 3_600_000,
  negative: [3, 1],
  neutral: [0, 4],
  positive: [0, 0],
  unjudged: [0, unjudged],
  channels: [],
  hot: [],
  words: [],
  words_of: 0,
})

it('volume is told in numbers, rows and a sentence that agree', () => {
  expect(volumeNumbers(volume(2))).toEqual({ all: 10, negative: 4, share: 50 })
  expect(volumeRows(volume(2))).toEqual([
    ['08:00', 3, 0, 0, 0, 3],
    ['09:00', 1, 4, 0, 2, 7],
  ])
  expect(volumeSays(volume(2), 'day')).toBe('近 24 小时共 10 条，负面 4 条（占已分析的 50%），最多的是 09:00，7 条')
  expect(volumeSays({ ...volume(), negative: [0, 0], neutral: [0, 0] }, 'week')).toBe('近 7 天没有信息')
})

it('what was not analysed has a bar only where there is some', () => {
  expect(feelings(volume(), inkOf(false)).map((one) => one.name)).toEqual(['负面', '中性', '正面'])
  expect(feelings(volume(1), inkOf(false)).map((one) => one.name)).toContain('未分析')
})

const standing: Standing = {
  regions: [
    { region: 'jixi', open: 2, overdue: 1 },
    { region: 'xuancheng', open: 3, overdue: 0 },
    { region: null, open: 4, overdue: 0 },
    { region: 'elsewhere', open: 1, overdue: 0 },
  ],
  clocks: [
    { force: 'statutory', calm: 1, half: 0, near: 0, urgent: 0, overdue: 2 },
    { force: 'internal', calm: 5, half: 0, near: 0, urgent: 0, overdue: 1 },
  ],
  blind: null,
  undelivered: null,
  seal: null,
}

it('each county stands on the map, also without a case; the city and what nobody knows stand beside it', () => {
  const regions = [
    { id: 'jixi', name: '绩溪县' },
    { id: 'jingde', name: '旌德县' },
  ]
  const found = counties(standing, regions)
  expect(found).toEqual({
    counties: [
      { name: '绩溪县', open: 2, overdue: 1 },
      { name: '旌德县', open: 0, overdue: 0 },
    ],
    city: 3,
    unknown: 5,
  })
  expect(mapSays(found.counties)).toBe('各县市区在办事件：绩溪县 2 件（超时 1）')
})

it('clocks are told the most pressing first, the law’s apart', () => {
  const rows = clocksByLook(standing)
  expect(rows[0]).toMatchObject({ look: 'overdue', all: 3, statutory: 2 })
  expect(rows.at(-1)).toMatchObject({ look: 'calm', all: 6, statutory: 1 })
})

it('the wall sounds once for each breach, and not for those that it opened with', () => {
  const clock = (id: string, due: string, breached = false) => ({ id, anchor_at: '2026-05-11T00:00:00+08:00', due_at: due, state: 'running', breached }) as unknown as RunningClock
  const running = [clock('a', '2026-05-11T09:00:00+08:00', true), clock('b', '2026-05-11T10:00:00+08:00')]
  const before = overdueAt(running, Date.parse('2026-05-11T09:30:00+08:00'))
  expect([...before.keys()]).toEqual(['a'])
  expect(newlyOverdue(null, before)).toEqual([])
  const after = overdueAt(running, Date.parse('2026-05-11T10:00:01+08:00'))
  expect(newlyOverdue(new Set(before.keys()), after).map((one) => one.id)).toEqual(['b'])
  expect(newlyOverdue(new Set(after.keys()), after)).toEqual([])
})

it('the look follows the machine unless somebody chose', () => {
  expect([isDark('system', true), isDark('system', false), isDark('light', true), isDark('dark', false)]).toEqual([true, false, false, true])
  expect([lookOf(null), lookOf('dark'), lookOf('purple')]).toEqual(['system', 'dark', 'system'])
})
