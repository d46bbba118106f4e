import { describe, expect, it } from 'vitest'

import { cellOf, daysOf, monthBy, newHolderId, peopleOf, weekdayOf, withDay, withHolder, type RosterValue } from './month'

const roster: RosterValue = {
  id: 'x',
  jurisdiction: 'x',
  why: 'w',
  tiers: { duty_desk: [{ id: 'x.desk', name: '值班室' }], deputy: [{ id: 'x.deputy', name: '副市长', user: 'deputy' }] },
  leave: [{ holder: 'x.deputy', from: '2026-12-30', to: '2027-01-02' }],
}

describe('a month of a roster', () => {
  it('has its days, with their weekdays, and its neighbours', () => {
    expect([daysOf('2026-02').length, daysOf('2028-02').length, daysOf('2026-12')[30]]).toEqual([28, 29, '2026-12-31'])
    expect([weekdayOf('2026-11-30'), monthBy('2026-12', 1), monthBy('2026-01', -1)]).toEqual(['一', '2027-01', '2025-12'])
  })

  it('shows a hole where the only holder is away or nobody is named', () => {
    expect(cellOf(roster, 'deputy', '2026-12-29').hole).toBe(false)
    const away = cellOf(roster, 'deputy', '2026-12-31')
    expect([away.hole, away.away[0]?.name]).toEqual([true, '副市长'])
    expect(cellOf(roster, 'principal', '2026-12-01').hole).toBe(true)
  })

  it('puts a substitute on a day, and takes them off again', () => {
    const li = { id: 'x.li', name: '李四', user: 'li' }
    const put = withDay(roster, 'deputy', '2026-12-31', [li])
    const cell = cellOf(put, 'deputy', '2026-12-31')
    expect([cell.substitute, cell.hole, cell.holders[0]?.name]).toEqual([true, false, '李四'])
    expect(peopleOf(put).map((holder) => holder.id)).toEqual(['x.desk', 'x.deputy', 'x.li'])
    expect(withDay(put, 'deputy', '2026-12-31', null).days).toEqual([])
  })

  it('changes a person wherever they stand, and names a new one unlike any other', () => {
    const put = withDay(roster, 'duty_desk', '2026-12-01', [{ id: 'x.deputy', name: '副市长', user: 'deputy' }])
    const changed = withHolder(put, { id: 'x.deputy', name: '副市长', user: 'wang', phone: '1' })
    expect([changed.tiers.deputy?.[0]?.user, changed.days?.[0]?.holders[0]?.user]).toEqual(['wang', 'wang'])
    expect([newHolderId(roster, 'wang'), newHolderId(roster, 'deputy')]).toEqual(['x.wang', 'x.deputy-2'])
  })
})
