import { describe, expect, it } from 'vitest'

import type { UserRow } from '@/api/types'
import { roleIds } from '@/words/terms'
import { byBody, roleHelp } from './roles'

const user = (id: string, body?: string, head = false, active = true) =>
  ({ user: id, name: id, active, created_at: '', updated_at: '', roles: [body ? { role: 'department', body, head } : { role: 'analyst' }] }) as UserRow

describe('users and their roles', () => {
  it('explains every role in one sentence', () => {
    expect(Object.keys(roleHelp).sort()).toEqual([...roleIds].sort())
    for (const words of Object.values(roleHelp)) expect(words.endsWith('。') && words.length < 50).toBe(true)
  })

  it('stand by body, the office first, heads before others, those in use before the rest', () => {
    const groups = byBody([user('b', 'water'), user('h', 'water', true), user('off', 'water', true, false), user('a')], (id) => id)
    expect(groups.map((group) => [group.id, group.users.map((one) => one.user)])).toEqual([
      ['', ['a']],
      ['water', ['h', 'b', 'off']],
    ])
  })
})
