import { describe, expect, it } from 'vitest'

import { lengthWords, stepWords } from './lengths'

describe('lengths of a policy', () => {
  it.each([
    ['24h', '24 小时'],
    ['30m', '30 分钟'],
    ['1 working day', '1 个工作日'],
    ['5 working days', '5 个工作日'],
    ['75% of main, at least 2h', '主时限剩余时间的 75%，至少 2 小时'],
    ['until main, at least 2h', '到主时限到期，至少 2 小时'],
    ['given', '由交办人给定'],
    ['something new', 'something new'],
  ])('%s is %s', (length, words) => {
    expect(lengthWords(length)).toBe(words)
  })
  it.each([
    ['-6h', '到期前 6 小时'],
    ['0h', '到期时'],
    ['2h', '到期后 2 小时'],
    ['+30m', '到期后 30 分钟'],
    ['soon', 'soon'],
  ])('step %s is %s', (at, words) => {
    expect(stepWords(at)).toBe(words)
  })
})
