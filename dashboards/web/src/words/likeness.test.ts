import { describe, expect, it } from 'vitest'

import { likeness } from './likeness'

describe('likeness', () => {
  it('is one for the same words, whatever signs stand between', () => {
    expect(likeness('路口红绿灯坏了', '路口，红绿灯坏了！')).toBe(1)
  })
  it('puts the same matter above another', () => {
    const title = '泾县路口红绿灯坏了一周没人修'
    expect(likeness(title, '红绿灯坏了一个星期，泾县这个路口太危险')).toBeGreaterThan(likeness(title, '小区顶楼漏水两个月没人修'))
  })
  it('is nothing where there is nothing', () => {
    expect([likeness('', ''), likeness('水', '水'), likeness('漏水', '停电')]).toEqual([0, 0, 0])
  })
})
