import { describe, expect, it } from 'vitest'

import { ago, fromWallClock, fullTime, length, longClock, roughLength, shortTime, toMs, toWallClock } from './instant'

const at = (text: string) => Date.parse(`${text}+08:00`)
const now = at('2026-05-11T09:00:00')

describe('instants', () => {
  it('are Beijing time, whatever zone they came in', () => {
    expect(fullTime('2026-05-10T23:30:00Z')).toBe('2026-05-11 07:30')
    expect(fullTime('2026-05-11T07:30:00.250+08:00')).toBe('2026-05-11 07:30')
    expect(longClock(at('2026-05-11T09:05:06'))).toBe('5月11日 周一 09:05:06')
  })
  it('are a dash where there is none', () => {
    expect([fullTime(null), fullTime(undefined), fullTime(''), fullTime('nonsense'), shortTime(null, now)]).toEqual(['—', '—', '—', '—', '—'])
    expect(toMs('nonsense')).toBeNull()
  })
  it.each([
    ['2026-05-11T00:00:00', '00:00'],
    ['2026-05-10T23:59:00', '昨天 23:59'],
    ['2026-05-12T08:00:00', '明天 08:00'],
    ['2026-05-09T08:00:00', '05-09 08:00'],
    ['2025-12-31T08:00:00', '2025-12-31 08:00'],
  ])('%s is short %s', (text, words) => {
    expect(shortTime(`${text}+08:00`, now)).toBe(words)
  })
  it('go through a date picker unchanged', () => {
    expect(toWallClock(now)).toBe('2026-05-11T09:00:00')
    expect(toMs(fromWallClock(toWallClock(now)))).toBe(now)
  })
})

describe('lengths', () => {
  it.each([
    [0, '0秒'],
    [59_999, '59秒'],
    [60_000, '1分00秒'],
    [2_892_000, '48分12秒'],
    [3_600_000, '1小时'],
    [3_900_000, '1小时05分'],
    [112_800_000, '31小时20分'],
    [259_200_000, '3天'],
    [273_600_000, '3天4小时'],
  ])('%d ms is %s', (ms, words) => {
    expect(length(ms)).toBe(words)
    expect(length(-ms)).toBe(words)
  })
  it('are rough without seconds', () => {
    expect([roughLength(30_000), roughLength(2_892_000)]).toEqual(['不到1分钟', '48分钟'])
  })
  it('tell how long ago', () => {
    expect([ago(now - 30_000, now), ago(now - 120_000, now), ago(null, now)]).toEqual(['刚刚', '2分钟前', '从未'])
  })
})
