import { describe, expect, it } from 'vitest'

import type { Reason } from '@/api/types'
import { proposedTitles } from './title'

const reason = (of: string, why: string) => ({ of, why }) as unknown as Reason

describe('a proposed title', () => {
  it('says where, what and how many', () => {
    const reasons = [reason('topic', '燃气泄漏（gas-leak）：爆燃、燃气'), reason('event_grade', '死亡 3 人，较大：“3人死亡”，“5人送医”')]
    expect(proposedTitles('泾县', reasons)).toEqual(['泾县燃气泄漏，3人死亡，5人送医', '泾县燃气泄漏'])
  })
  it('takes the event from the words where no topic is known', () => {
    expect(proposedTitles('泾县', [reason('event_grade', '“爆炸”，“两人受伤”')])[0]).toBe('泾县爆炸，两人受伤')
  })
  it('proposes nothing where nothing is known but the place', () => {
    expect(proposedTitles('泾县', [reason('sentiment', '负面')])).toEqual([])
  })
})
