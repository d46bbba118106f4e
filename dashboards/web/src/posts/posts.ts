/** Official posts (官方发布, D13): which accounts have to repost what, by when. */
import * as endpoints from '@/api/endpoints'
import type { ClockView, OfficialPost } from '@/api/types'
import type { Field } from '@/acts/fields'
import { rolesOf } from '@/acts/table'
import { byUrgency, isOpen } from '@/clock/words'
import { fullTime, toMs } from '@/words/instant'

/** Who may register a post, and a repost. */
export const mayPublish = rolesOf('city_post')
export const mayRepost = rolesOf('repost')

/** One account that has to repost a post. */
export interface Repost {
  post: OfficialPost
  account: string
  /** Whose account. */
  body: string
  platform: string
  clock: ClockView
}

/** Days that are shown: longer than the longest repost clock with the longest holidays. */
const DAYS = 14
const DAY_MS = 86_400_000
const TITLE_MAX = 200

const platforms: Record<string, string> = { weibo: '微博', wechat: '微信' }

/** The first of the days that are shown, in Beijing. */
export function firstDay(now: number): string {
  return fullTime(now - (DAYS - 1) * DAY_MS).slice(0, 10)
}

/** The posts of the last days, the latest first. */
export const recentPosts = (now: number, signal?: AbortSignal): Promise<OfficialPost[]> => endpoints.posts(firstDay(now), signal)

/** The accounts of all posts: what waits by time left, so that the overdue stand on top; then what is done, the latest first. */
export function reposts(posts: readonly OfficialPost[]): Repost[] {
  const all = posts.flatMap((post) => post.clocks.map((clock) => of(post, clock)))
  const ended = (repost: Repost) => toMs(repost.clock.ended_at) ?? 0
  return all.sort((a, b) => Number(isOpen(b.clock)) - Number(isOpen(a.clock)) || (isOpen(a.clock) ? byUrgency(a.clock, b.clock) : ended(b) - ended(a)))
}

function of(post: OfficialPost, clock: ClockView): Repost {
  const account = clock.account ?? ''
  const dot = account.lastIndexOf('.')
  const platform = account.slice(dot + 1)
  return { post, account, body: account.slice(0, Math.max(dot, 0)), platform: platforms[platform] ?? platform, clock }
}

/** What is asked for to register a post. */
export const postFields: readonly Field<null>[] = [
  { kind: 'text', key: 'title', label: '标题', max: TITLE_MAX, rows: 2, optional: true },
  { kind: 'url', key: 'url', label: '链接', optional: true },
  { kind: 'time', key: 'effective_at', label: '发布时间', lies: 'before', optional: true, hint: () => '不填即刚刚发布；转发时限从发布时间起算。' },
  { kind: 'bodies', key: 'concerns', label: '涉及的单位', missing: '请选择涉及的单位' },
]

/** What is asked for to register a repost. */
export const repostFields: readonly Field<Repost>[] = [
  { kind: 'time', key: 'effective_at', label: '转发时间', lies: 'before', optional: true, hint: () => '不填即刚刚转发；以实际转发的时间计。' },
]
