import { describe, expect, it } from 'vitest'

import type { BodyScore } from '@/api/types'
import { byRate, percent, placeOf, rate, together } from './rates'

const body = (id: string, met: number, late: number): BodyScore => ({ body: id, statutory_met: met, statutory_late: late, led: met + late, supported: 0, internal_met: 0, internal_late: 0, corrected: 0, running: 0, returns: 0, supervisions: 0, circulars: 0, talks: 0 })
const all = [body('water', 9, 1), body('housing', 1, 1), body('ecology', 10, 0), body('tax', 0, 0)]

describe('rates', () => {
  it('count what was judged, and nothing where nothing was', () => {
    expect(rate(all[0]!)).toBe(0.9)
    expect(rate(all[3]!)).toBeNull()
    expect(together(all)).toEqual({ met: 20, late: 2, share: 20 / 22 })
  })
  it('are never rounded up to a whole', () => {
    expect([percent(1), percent(0.9999), percent(0.923), percent(null), percent(0)]).toEqual(['100%', '99.9%', '92.3%', '—', '0.0%'])
  })
  it('put the worst first and the unjudged last', () => {
    expect(byRate(all).map((one) => one.body)).toEqual(['housing', 'water', 'ecology', 'tax'])
  })
  it('say where a body stands among the others', () => {
    expect(placeOf(all, 'water')).toEqual({ place: 2, of: 3 })
    expect(placeOf([...all, body('fire', 5, 0)], 'fire')).toEqual({ place: 1, of: 4 })
    expect(placeOf(all, 'tax')).toBeNull()
  })
})
