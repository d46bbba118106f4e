import { describe, expect, it } from 'vitest'

import type { Delivery } from '@/api/types'
import { alarmsOf } from './alarms'

const delivery = (channel: string) => ({ channel }) as Delivery
const ready = (...alarms: string[]) => ({ status: alarms.length > 0 ? 'alarm' : 'ready', oldest_unfired_timer_seconds: 0, alarms, warnings: [] as string[] })

describe('alarms', () => {
  it('are none where all is well, and none before anything was asked', () => {
    expect(alarmsOf(ready(), '', { items: [], next: null }, true)).toEqual([])
    expect(alarmsOf(undefined, '', undefined, true)).toEqual([])
  })
  it('are what the service says of its clocks, in its words', () => {
    expect(alarmsOf(ready('时限触发滞后 14 秒', '时钟向前跳变 600 秒；时限触发已暂停'), '', undefined, true).map((alarm) => alarm.words)).toEqual(['时限触发滞后 14 秒', '时钟向前跳变 600 秒；时限触发已暂停'])
  })
  it('name the channels whose notices did not arrive, each once', () => {
    const failed = { items: [delivery('smtp'), delivery('wecom'), delivery('smtp')], next: null }
    expect(alarmsOf(undefined, '', failed, true)).toEqual([{ words: '3 条通知没有送达，已放弃重试（邮件、企业微信）', to: '/deliveries' }])
    expect(alarmsOf(undefined, '', { ...failed, next: '9' }, true)[0]?.words).toContain('3 条以上通知')
  })
  it('end with what is not set up as the rules need it', () => {
    const lacking = { ...ready('时限触发滞后 14 秒'), warnings: ['2027 年的放假安排尚未载入', '信源盲区 1 个'] }
    const told = (keeper: boolean) => alarmsOf(lacking, '', { items: [delivery('smtp')], next: null }, keeper).map((alarm) => alarm.words)
    const all = ['时限触发滞后 14 秒', '1 条通知没有送达，已放弃重试（邮件）', '2027 年的放假安排尚未载入', '信源盲区 1 个']
    expect(told(true)).toEqual(all)
    expect(told(false)).toEqual(all.filter((words) => !words.startsWith('2027')))
  })
  it('begin with a service that can not work', () => {
    expect(alarmsOf(ready('时限触发滞后 14 秒'), '没有可用的时限政策', undefined, true)[0]?.words).toBe('服务不能正常工作：没有可用的时限政策')
  })
})
