import { describe, expect, it } from 'vitest'

import { inkOf } from './ink'
import { countyMap, shade, shortName, stackedOverTime } from './options'
import { countIn, slotName, slotNames, slotsOver, sparkline } from './slots'
import outline from './xuancheng.json'

const HOUR = 3_600_000
const at = (text: string) => Date.parse(text)

describe('slots', () => {
  it('are named as an office in Beijing reads them, whatever the machine’s zone', () => {
    expect(slotName(at('2026-05-11T01:00:00Z'), HOUR)).toBe('09:00')
    expect(slotName(at('2026-05-10T16:00:00Z'), 24 * HOUR)).toBe('05-11')
    expect(slotNames(at('2026-05-11T15:00:00Z'), HOUR, 3)).toEqual(['23:00', '00:00', '01:00'])
  })

  it('hold both ends, begin at a round time and are few enough to be told apart', () => {
    for (const hours of [0, 0.5, 5, 40, 400, 9000]) {
      const first = at('2026-05-11T09:20:00+08:00')
      const slots = slotsOver(first, first + hours * HOUR)
      expect(slots.count).toBeLessThanOrEqual(48)
      expect(slots.from).toBeLessThanOrEqual(first)
      expect(slots.from + slots.count * slots.slotMs).toBeGreaterThan(first + hours * HOUR)
      const counts = countIn(slots, [first, first + hours * HOUR])
      expect(counts.reduce((sum, one) => sum + one, 0)).toBe(2)
    }
  })

  it('leave out what lies outside', () => {
    expect(countIn({ from: 0, slotMs: 10, count: 2 }, [-1, 0, 9, 10, 20])).toEqual([2, 1])
  })
})

describe('a line in small', () => {
  it('reaches from corner to corner and lies flat where nothing is', () => {
    expect(sparkline([0, 4], 100, 20)).toBe('0.0,20.0 100.0,0.0')
    expect(sparkline([0, 0], 100, 20)).toBe('0.0,20.0 100.0,20.0')
    expect(sparkline([3], 100, 20)).toBe('0.0,0.0')
  })
})

describe('the map', () => {
  it('knows each county of the outline by the name that the service gives it', () => {
    const names = outline.features.map((county) => county.properties.name)
    expect(names).toEqual(['宣州区', '郎溪县', '广德市', '宁国市', '泾县', '旌德县', '绩溪县'])
    for (const county of outline.features) {
      const ring = county.geometry.coordinates[0] ?? []
      expect(ring.at(0), county.properties.name).toEqual(ring.at(-1))
    }
  })

  it('shades by the most, and one case is never shown as none', () => {
    expect(shade(0, 40, 6)).toBe(0)
    expect(shade(1, 40, 6)).toBe(1)
    expect(shade(40, 40, 6)).toBe(5)
    expect(shade(0, 0, 6)).toBe(0)
  })

  it('says overdue cases in words', () => {
    const option = countyMap(inkOf(true), [{ name: '旌德县', open: 5, overdue: 2 }]) as { series: { data: { label: { formatter: string } }[] }[] }
    expect(option.series[0]?.data[0]?.label.formatter).toBe('旌德\n5 超2')
    expect(shortName('泾县')).toBe('泾县')
  })
})

it('what happened stands as lines on the first series alone', () => {
  const ink = inkOf(false)
  const series = [
    { name: '负面', values: [1, 2], colour: ink.negative },
    { name: '其他', values: [0, 1], colour: ink.neutral },
  ]
  const option = stackedOverTime(ink, ['a', 'b'], series, [{ slot: 1, word: '1' }]) as { series: { markLine?: { data: unknown[] } }[] }
  expect(option.series.map((one) => one.markLine?.data.length ?? 0)).toEqual([1, 0])
})
