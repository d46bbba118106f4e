import { describe, expect, it } from 'vitest'

import type { ClockView, LedgerRow } from '@/api/types'
import { openRecords, recordsOf } from './records'

const row = (event: string, more: object = {}): LedgerRow => ({ at: '2026-05-11T10:00:00+08:00', event, by: 'wang', by_name: '王研判', ...more })
const clock = (n: number, kind: string, state = 'running') => ({ id: `incident/20260511-0001/${n}`, kind, state, anchor_at: '2026-05-11T10:00:00+08:00', due_at: '2026-05-12T10:00:00+08:00' }) as unknown as ClockView

describe('records of a case', () => {
  it('carry the clock and the reminders of their own, and of no other', () => {
    const rows = [
      row('clock_started', { clock: 'response', clock_id: 1 }),
      row('instructed', { record: 'instruction-1', text: '今晚公布', department: 'ecology', due_at: '2026-05-12T10:00:00+08:00' }),
      row('clock_started', { clock: 'instruction', clock_id: 11, record: 'instruction-1' }),
      row('clock_warned', { clock: 'response', clock_id: 1, threshold: 50 }),
      row('clock_warned', { clock: 'instruction', clock_id: 11, threshold: 75 }),
      row('clock_warned', { clock: 'instruction', clock_id: 11, threshold: 90, skipped_stale: true }),
      row('escalated', { clock: 'instruction', clock_id: 11, tier: 'deputy' }),
      row('escalated', { tier: 'coordination' }),
    ]
    const [record, ...others] = recordsOf(rows, [clock(1, 'response'), clock(11, 'instruction')])
    expect(others).toEqual([])
    expect(record).toMatchObject({ kind: 'instruction', state: 'open', text: '今晚公布', department: 'ecology', by: '王研判' })
    expect(record?.clock?.id).toBe('incident/20260511-0001/11')
    expect(record?.reminders.map((one) => one.threshold ?? one.tier)).toEqual([75, 'deputy'])
  })
  it('end with the result of the one that it names', () => {
    const rows = [
      row('ordered', { record: 'order-1', text: '甲' }),
      row('ordered', { record: 'order-2', text: '乙' }),
      row('rectification_set', { record: 'rectification-1', text: '丙' }),
      row('concluded', { record: 'order', id: 'order-2', result: '已办', published_url: 'https://example.gov.cn/1' }),
    ]
    const records = recordsOf(rows, [])
    expect(records.map((record) => record.state)).toEqual(['open', 'done', 'open'])
    expect(records[1]?.result).toMatchObject({ text: '已办', url: 'https://example.gov.cn/1' })
    expect(openRecords(records).map((record) => record.id)).toEqual(['order-1', 'rectification-1'])
  })
  it('follow a referral from proposal to hand-over, and a rejected one no further', () => {
    const proposed = [row('referral_proposed', { record: 'referral-1', to: ['police', 'cyberspace'] }), row('approval_requested', { what: 'referral' })]
    expect(recordsOf(proposed, [])[0]).toMatchObject({ state: 'waiting', to: ['police', 'cyberspace'] })
    expect(recordsOf([...proposed, row('approved', { what: 'grade' })], [])[0]?.state).toBe('waiting')
    expect(recordsOf([...proposed, row('approved', { what: 'referral' })], [])[0]?.state).toBe('approved')
    expect(recordsOf([...proposed, row('approved', { what: 'referral' }), row('referred', { record: 'referral-1' })], [])[0]?.state).toBe('done')
    const again = [...proposed, row('rejected', { what: 'referral' }), row('referral_proposed', { record: 'referral-2', to: ['police'] })]
    expect(recordsOf(again, []).map((record) => record.state)).toEqual(['rejected', 'waiting'])
  })
  it('hold to account whom they name, at the time at which it was done', () => {
    const talk = row('talked', { effective_at: '2026-05-11T09:00:00+08:00', department: 'housing', about: '夜间施工', result: '承诺整改' })
    const records = recordsOf([row('circulated', { department: 'housing', reason: '推诿退回' }), talk], [])
    expect(records).toMatchObject([
      { kind: 'circular', state: 'done', whom: '通报单位', department: 'housing', text: '推诿退回' },
      { kind: 'talk', state: 'done', at: '2026-05-11T09:00:00+08:00' },
    ])
    expect(records[1]?.parts.map((part) => part.name)).toEqual(['事项', '结果'])
    expect(openRecords(records)).toEqual([])
  })
  it('show a supervision that is proposed until it is opened', () => {
    const proposed = row('supervision_proposed', { reason: '一个月内四封来信反映同一件事', by: 'system' })
    expect(recordsOf([proposed], [])).toMatchObject([{ kind: 'supervision', state: 'due', text: '一个月内四封来信反映同一件事', by: '系统' }])
    const records = recordsOf([proposed, row('supervision_opened', { record: 'supervision-1', reason: '来信重复' })], [])
    expect(records.map((record) => record.id)).toEqual(['supervision-1'])
    expect(openRecords(records)).toHaveLength(1)
  })
  it('keep the last day of review, and owe no result for it', () => {
    const watch = (day: string) => row('disposed', { how: 'watch', reason: '再看', review_on: `2026-05-${day}T00:00:00+08:00` })
    const records = recordsOf([watch('20'), watch('25')], [])
    expect(records).toMatchObject([{ kind: 'watch', state: 'noted', due_at: '2026-05-25T00:00:00+08:00' }])
    expect(openRecords(records)).toEqual([])
    expect(recordsOf([watch('20'), row('closed')], [])).toEqual([])
    expect(recordsOf([row('disposed', { how: 'no_public_response', reason: '涉密' })], [])).toEqual([])
  })
  it('show a consultation that is due until it is held', () => {
    const held = row('consulted', { nature: '事故', trend: '扩散', risk: '聚集', proposal: '公开' })
    expect(recordsOf([row('consultation_due')], [clock(3, 'consultation')]).map((record) => record.state)).toEqual(['due'])
    const [record, ...others] = recordsOf([row('consultation_due'), held], [clock(3, 'consultation', 'met')])
    expect(others).toEqual([])
    expect(record?.parts.map((part) => `${part.name}：${part.text}`)).toEqual(['事件性质：事故', '舆情走势：扩散', '可能的风险：聚集', '处置建议：公开'])
  })
})
