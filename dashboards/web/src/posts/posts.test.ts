import { describe, expect, it } from 'vitest'

import type { ClockView, OfficialPost } from '@/api/types'
import { firstDay, mayPublish, mayRepost, reposts } from './posts'

const clock = (account: string, due: string, state = 'running', ended?: string) => ({ id: account, account, state, due_at: `2026-05-${due}+08:00`, ended_at: ended ? `2026-05-${ended}+08:00` : null }) as unknown as ClockView

describe('official posts', () => {
  it('are those of the last fourteen days of Beijing', () => {
    expect(firstDay(Date.parse('2026-03-01T00:30:00+08:00'))).toBe('2026-02-16')
    expect(firstDay(Date.parse('2026-02-28T23:59:00+08:00'))).toBe('2026-02-15')
  })
  it('put what is overdue on top, then by time left, then what is done', () => {
    const post = (id: string, ...clocks: ClockView[]) => ({ id, title: `通报 ${id}`, clocks }) as unknown as OfficialPost
    const posts = [
      post('20260511-0001', clock('ecology.wechat', '12T24:00:00'), clock('ecology.weibo', '11T10:00:00', 'breached'), clock('housing.weibo', '11T10:00:00', 'met', '11T09:20:00')),
      post('20260511-0002', clock('xuanzhou.weibo', '11T12:00:00'), clock('police.weibo', '11T12:00:00', 'met', '11T11:20:00')),
    ]
    expect(reposts(posts).map((one) => one.account)).toEqual(['ecology.weibo', 'xuanzhou.weibo', 'ecology.wechat', 'police.weibo', 'housing.weibo'])
    expect(reposts(posts)[1]).toMatchObject({ post: { id: '20260511-0002', title: '通报 20260511-0002' }, body: 'xuanzhou', platform: '微博' })
  })
  it('are registered by those whom the service lets', () => {
    expect(mayPublish).not.toContain('department')
    expect(mayRepost).toContain('department')
  })
})
