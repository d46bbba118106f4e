import { describe, expect, it } from 'vitest'

import type { Overview } from '@/api/types'
import { firstSteps } from './steps'

type Setup = NonNullable<Overview['setup']>
const nothing: Setup = {
  rules_loaded: true,
  sources_configured: 0,
  sources_read: 0,
  mentions: 0,
  users: 1,
  analysts: 0,
  bodies_with_users: 0,
  leaders: 0,
  holders: 12,
  holders_unreached: 12,
  topics_changed: 0,
  channels: 0,
  channels_tested: 0,
  contact_known: false,
}
const done = (setup: Partial<Setup>) => firstSteps({ ...nothing, ...setup }, true).filter((step) => step.done).map((step) => step.title)

describe('the first steps', () => {
  it('tick nothing that is not truly done', () => {
    expect(done({})).toEqual(['载入规则'])
    expect(done({ users: 9, analysts: 2, bodies_with_users: 3 })).toEqual(['载入规则'])
    expect(done({ sources_configured: 4 })).toEqual(['载入规则'])
    expect(done({ channels: 1 })).toEqual(['载入规则'])
    expect(done({ holders_unreached: 1 })).toEqual(['载入规则'])
  })

  it('say what is missing, and lead there', () => {
    const users = firstSteps({ ...nothing, analysts: 1 }, true)[1]
    expect(users?.hint).toBe('还缺承办单位、领导的账号。')
    expect(firstSteps(nothing, true).filter((step) => step.to).map((step) => step.to)).toEqual(['/rules?view=files', '/users', '/roster', '/sources', '/rules?view=topics', '/channels'])
  })

  it('are all ticked in an office that works', () => {
    const office = { ...nothing, users: 5, analysts: 1, bodies_with_users: 2, leaders: 1, holders_unreached: 0, sources_configured: 1, sources_read: 1, topics_changed: 2, channels: 1, channels_tested: 1, contact_known: true, mentions: 3 }
    expect(firstSteps(office, true).every((step) => step.done)).toBe(true)
  })
})
