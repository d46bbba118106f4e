import { describe, expect, it } from 'vitest'

import { asExpression, linesOf, listOf, missingOf, newTopic } from './topic'

describe('the form of a topic', () => {
  it('takes a plain list of words as any of them, and leaves an expression alone', () => {
    expect(asExpression(' 停水，断水 没水、 水压低')).toBe('停水 | 断水 | 没水 | 水压低')
    expect(asExpression('停水 ~6 小区 & !通知')).toBe('停水 ~6 小区 & !通知')
    expect(asExpression('')).toBe('')
  })

  it('says what is missing, one after another', () => {
    const topic = newTopic('own')
    expect(missingOf(topic)).toContain('名称')
    Object.assign(topic, { name: '停水', when: '停水', why: '民生' })
    expect(missingOf(topic)).toContain('应当命中')
    topic.examples = { matches: ['停水了'], near_misses: [] }
    expect(missingOf(topic)).toContain('不应命中')
    topic.examples = { matches: ['停水了'], near_misses: ['停电了'] }
    expect(missingOf(topic)).toBe('')
  })

  it('reads lists line by line', () => {
    expect(listOf(' 一\n\n二 ')).toEqual(['一', '二'])
    expect(linesOf(['一', '二'])).toBe('一\n二')
    expect(linesOf(undefined)).toBe('')
  })
})
