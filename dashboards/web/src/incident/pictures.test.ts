import { describe, expect, it } from 'vitest'

import type { CasePicture, LedgerRow } from '@/api/types'
import { channelsOf, courseOf, deedsOf, fallOf } from './pictures'

const day = (hour: number) => new Date(Date.parse('2026-05-11T00:00:00+08:00') + hour * 3_600_000).toISOString()
const ms = (hour: number) => Date.parse(day(hour))
const picture = (...hours: number[]): CasePicture => ({
  posts: hours.map((hour, n) => ({ at: day(hour), channel: n % 2 === 0 ? 'weibo' : 'news', negative: n % 2 === 0 })),
  more: false,
  first: null,
  first_media: null,
  alike: [],
})
const row = (hour: number, event: string, more: Partial<LedgerRow> = {}): LedgerRow => ({ at: day(hour), event, ...more })

describe('what was done', () => {
  it('stands in order, a plan and what waits for a second person not among it', () => {
    const rows = [
      row(9, 'incident_opened'),
      row(9, 'graded', { proposed: true, opinion_grade: 'general' }),
      row(12, 'responded', { kind: 'press_conference', planned: true }),
      row(13, 'responded', { kind: 'response', pending: true }),
      row(20, 'held', { kind: 'press_conference', effective_at: day(18) }),
      row(10, 'graded', { opinion_grade: 'major' }),
    ]
    expect(deedsOf(rows).map((deed) => deed.word)).toEqual(['发现', '定级重大', '新闻发布会'])
  })
})

describe('the course of a case', () => {
  it('puts posts and deeds on one axis, and several deeds of one slot under one line', () => {
    const deeds = deedsOf([row(9, 'incident_opened'), row(9.1, 'assigned', { role: 'lead' }), row(30, 'responded', { kind: 'response' })])
    const course = courseOf(picture(8, 9, 9, 14), deeds, ms(40))
    expect(course?.marks.map((mark) => mark.words)).toEqual(['发现、交办', '公开回应'])
    expect([...(course?.negative ?? []), ...(course?.other ?? [])].reduce((sum, one) => sum + one, 0)).toBe(4)
  })

  it('is not stretched over years by the day on which an old letter was imported', () => {
    const course = courseOf(picture(0, 1), deedsOf([row(24 * 900, 'incident_opened')]), ms(24 * 901))
    expect(course?.slots.count).toBeLessThanOrEqual(8)
    expect(course?.marks).toEqual([])
  })

  it('of nothing is none', () => {
    expect(courseOf(picture(), [], ms(1))).toBeNull()
  })
})

describe('whether it fell', () => {
  const answered = deedsOf([row(24, 'responded', { kind: 'response' })])

  it('compares as long before as after, a day at most', () => {
    const fall = fallOf(picture(-10, 1, 20, 22, 23, 26), answered, ms(24 * 9))
    expect([fall?.before, fall?.after]).toEqual([4, 1])
    expect(fall?.words).toContain('下降 75%')
  })

  it('says nothing within the first hour, and nothing where nobody answered', () => {
    expect(fallOf(picture(20), answered, ms(24.5))).toBeNull()
    expect(fallOf(picture(20), [], ms(90))).toBeNull()
  })

  it('calls more after than before no fall', () => {
    expect(fallOf(picture(23, 25, 26, 27), answered, ms(48))?.words).toContain('上升 200%')
  })
})

it('channels stand by how much they said', () => {
  expect(channelsOf(picture(1, 2, 3))).toEqual([
    { channel: 'weibo', count: 2 },
    { channel: 'news', count: 1 },
  ])
})
