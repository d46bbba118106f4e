import { describe, expect, it } from 'vitest'

import type { IncidentDetail, IncidentSummary, LedgerRow } from '@/api/types'
import { asked as asks, partOf, sentence as asked } from '@/department/mine'
import { neighbour } from '@/triage/queue'
import { pieces } from './highlight'
import { isMilestone, sentence } from './history'
import { noticeWords } from './notice'
import { decidingWords, ordered, reasonWords } from './reasons'
import { higher } from './terms'

describe('marked words', () => {
  it('keep the text whole and let the longer word win', () => {
    const found = pieces('化工厂爆炸，3人死亡', ['爆炸', '化工厂', '化工', '3人'])
    expect(found.map((piece) => piece.text).join('')).toBe('化工厂爆炸，3人死亡')
    expect(found.filter((piece) => piece.hit).map((piece) => piece.text)).toEqual(['化工厂', '爆炸', '3人'])
  })
  it('take signs literally and nothing from nothing', () => {
    expect(pieces('a.b (c', ['(c', '.'])).toEqual([
      { text: 'a', hit: false },
      { text: '.', hit: true },
      { text: 'b ', hit: false },
      { text: '(c', hit: true },
    ])
    expect(pieces('甲乙', ['', ' '])).toEqual([{ text: '甲乙', hit: false }])
    expect(pieces('', ['甲'])).toEqual([])
  })
})

describe('rows of the ledger', () => {
  const name = (id: string | null | undefined) => ({ ecology: '市生态环境局', housing: '市住建局' })[id ?? ''] ?? id ?? '—'
  const row = (event: string, more: object = {}): LedgerRow => ({ at: '2026-05-11T10:00:00+08:00', event, ...more })
  it.each([
    [row('assigned', { department: 'ecology', role: 'lead', auto: true }), '系统交办市生态环境局（牵头）'],
    [row('clock_breached', { clock: 'acknowledge', department: 'housing', charged_to: 'housing' }), '市住建局的签收时限超时，计入市住建局'],
    [row('clock_warned', { clock: 'response', threshold: 75 }), '公开回应时限已用 75%，发出预警'],
    [row('responded', { kind: 'response', department: 'ecology', reviewed: true }), '市生态环境局公开回应'],
    [row('responded', { kind: 'press_conference', department: 'ecology', planned: true }), '市生态环境局计划新闻发布会，未登记发布审核'],
    [
      row('responded', { kind: 'response', department: 'ecology', reviewed: false, unreviewed: ['legal', 'confidential'] }),
      '市生态环境局公开回应，未经法律关、保密关审核',
    ],
    [
      row('reviewed', { kind: 'response', department: 'ecology', body: 'ecology', aspects: ['political', 'legal'] }),
      '市生态环境局审核拟发布的公开回应：政治关、法律关',
    ],
    [
      row('assessment_attached', { matter: '公交票价调整', level: 'medium', why: ['关键词：公交'] }),
      '涉及作过风险评估的政策：公交票价调整（中风险）',
    ],
    [
      row('plan_attached', { title: '重大政策舆情应对预案', why: ['主题：政策误解误读', '地区：宣州区'] }),
      '适用预案：重大政策舆情应对预案（主题：政策误解误读、地区：宣州区）',
    ],
    [row('circulated', { department: 'housing', reason: '推诿退回' }), '通报市住建局：推诿退回'],
    [
      row('talked', { department: 'housing', effective_at: '2026-05-11T09:00:00+08:00', about: '夜间施工', result: '承诺整改' }),
      '约谈市住建局（2026-05-11 09:00）：夜间施工；结果：承诺整改',
    ],
    [row('graded', { event_grade: 'large', opinion_grade: 'major', sensitive: true, proposed: true }), '系统建议：事件较大、舆情重大、敏感'],
    [row('something_new'), 'something_new'],
  ])('are sentences', (given, words) => {
    expect(sentence(given, name)).toBe(words)
  })
  it('are milestones or details', () => {
    expect(isMilestone(row('clock_breached'))).toBe(true)
    expect(isMilestone(row('clock_warned'))).toBe(false)
  })
})

describe('reasons', () => {
  const region = (id: string) => (id === 'xuanzhou' ? '宣州区' : id)
  it.each([
    [{ of: 'topic', why: '污染排放（pollution-discharge）：刺鼻、味' }, '主题', '污染排放：刺鼻、味'],
    [{ of: 'region', why: 'xuanzhou：宣州区、来源注明' }, '地区', '宣州区：宣州区、来源注明'],
    [{ of: 'request', why: '判为“咨询”：有诉求词“何时”' }, '诉求', '判为“咨询”：有诉求词“何时”'],
    [{ of: 'emotion', why: '最像“愤怒”；主要因为“刺鼻”' }, '情绪', '最像“愤怒”；主要因为“刺鼻”'],
    [{ of: 'event_grade', why: '“死亡 3 人”：较大（国务院令第493号）' }, '事件等级', '“死亡 3 人”：较大（国务院令第493号）'],
  ])('%o is told in words', (reason, subject, words) => {
    expect(reasonWords(reason, region)).toEqual({ subject, words })
  })
  it('put what a grade rests on first and give the words to mark', () => {
    const reasons = [{ of: 'sentiment', why: '得分 -0.2：情感词 臭 -1.0' }, { of: 'topic', why: '污染（p）：刺鼻、味' }, { of: 'event_grade', why: '“死亡 3 人”：较大' }]
    expect(ordered(reasons).map((reason) => reason.of)).toEqual(['event_grade', 'topic', 'sentiment'])
    expect(decidingWords(reasons)).toEqual(['刺鼻', '死亡 3 人'])
  })
})

describe('notices', () => {
  const name = (id: string) => (id === 'ecology' ? '市生态环境局' : id)
  it.each([
    ['公开回应时限已用 75%，2026-05-13T10:00:00+08:00 到期', '公开回应时限已用 75%，2026-05-13 10:00 到期'],
    ['签收时限已超时（2026-05-13T02:00:00.5Z 到期）', '签收时限已超时（2026-05-13 10:00 到期）'],
    ['ecology 已发布公开回应', '市生态环境局已发布公开回应'],
    ['有一件交办给贵单位牵头，请签收', '有一件交办给贵单位牵头，请签收'],
  ])('say %s as %s', (text, words) => {
    expect(noticeWords(text, name)).toBe(words)
  })
})

describe('what a department is asked for', () => {
  const now = Date.parse('2026-05-11T10:00:00+08:00')
  const clock = (kind: string, due: string, department: string | null) => ({ id: kind, kind, department, anchor_at: '2026-05-11T08:00:00+08:00', due_at: due, force: 'internal' as const, clause: '', state: 'running' as const, breached: false, operational: false, percent_used: 0, trace: [] })
  const incident = (clocks: ReturnType<typeof clock>[]) => ({ lead: 'ecology', supporting: [], clocks }) as unknown as IncidentSummary
  it('stands in one sentence', () => {
    const waiting = incident([clock('acknowledge', '2026-05-11T12:30:00+08:00', 'ecology')])
    const soon = incident([clock('response', '2026-05-11T10:48:00+08:00', null)])
    const late = incident([clock('response', '2026-05-11T09:00:00+08:00', null)])
    const others = incident([clock('acknowledge', '2026-05-11T09:00:00+08:00', 'housing')])
    expect(asked([waiting, waiting, soon], 'ecology', now)).toBe('贵单位有 2 件待签收、1 件 48分钟后到期。')
    expect(asked([late, others], 'ecology', now)).toBe('贵单位有 1 件已超时。')
    expect(asked([], 'ecology', now)).toBe('贵单位目前没有要办的事项。')
  })
  it('is told by its part in the case', () => {
    const order = incident([clock('rectification', '2026-05-12T09:00:00+08:00', 'housing')])
    const supported = { ...order, supporting: ['housing'] }
    expect([partOf(order, 'ecology'), partOf(order, 'housing'), partOf(supported, 'housing'), partOf(incident([]), 'housing')]).toEqual(['牵头', '督办', '协办', '协办'])
  })
})

describe('what a department is asked for on one case', () => {
  const on = (state: string, role: string, task: string) => ({ state, allowed: ['respond', 'review'], tasks: [{ department: 'ecology', role, state: task }] }) as unknown as IncidentDetail
  it.each([
    ['lead', 'acknowledged', 'respond'],
    ['lead', 'answered', 'update'],
    ['supporting', 'answered', 'none'],
  ])('%s, %s: %s while it is open, and of a closed one what is new', (role, task, ask) => {
    expect([asks(on('acknowledged', role, task), 'ecology'), asks(on('closed', role, task), 'ecology')]).toEqual([ask, 'update'])
  })
})

describe('the queue', () => {
  it('steps to the next case and stops at the ends', () => {
    const ids = ['a', 'b', 'c']
    expect([neighbour(ids, 'a', 1), neighbour(ids, 'c', 1), neighbour(ids, 'a', -1), neighbour(ids, null, 1), neighbour(ids, 'gone', 1)]).toEqual(['b', null, null, 'a', 'a'])
  })
})

describe('grades', () => {
  it('rank', () => {
    expect(higher('major', 'large')).toBe('major')
    expect(higher('none', 'general')).toBe('general')
  })
})
