import { describe, expect, it } from 'vitest'

import type { ClockView, IncidentDetail } from '@/api/types'
import { type CaseRecord } from '@/incident/records'
import { actIds, actName, acts, fits, toAct, waiting, type ActId } from './acts'
import { asked, begin, problem, type Case, type Draft, type Field } from './fields'
import { actNames, nameOf, rolesOf } from './table'

const now = Date.parse('2026-05-11T10:00:00+08:00')
const grading = { event_grade: 'large', opinion_grade: 'major', sensitive: true }
const clock = (kind: string, state = 'running', force = 'statutory') => ({ id: kind, kind, state, force, due_at: '2026-05-12T09:00:00+08:00', anchor_at: '2026-05-11T09:00:00+08:00' }) as unknown as ClockView
const record = (kind: string, id: string, state: CaseRecord['state'], department?: string): CaseRecord => ({ kind, id, state, text: `${kind} 的内容`, parts: [], at: '2026-05-11T09:00:00+08:00', by: '王研判', department, to: [], reminders: [] })

function on(more: Partial<IncidentDetail> = {}, records: CaseRecord[] = [], body: string | null = null): Case {
  const incident = { id: '20260511-0001', state: 'assigned', lead: 'ecology', jurisdiction: 'xuancheng', graded: false, proposal: grading, proposal_reasons: [], whole_title: '原来的标题', grading: null, mention_count: 3, clocks: [], publications: [], approvals: [], tasks: [], allowed: actIds.map((id) => acts[id].do), ...more }
  return { incident: incident as unknown as IncidentDetail, records, history: [], body }
}

/** The dialog as it opens, with what was typed. */
const draft = (id: ActId, about: Case, typed: Draft = {}): Draft => ({ ...begin(acts[id].fields, about), ...typed })
const problems = (id: ActId, about: Case, typed: Draft = {}) => {
  const filled = draft(id, about, typed)
  return asked(acts[id].fields, filled, about).map((field) => problem(field, filled, now, about)).filter(Boolean)
}

describe('the table of acts', () => {
  it('gives each a name and somebody who may do it', () => {
    expect(actNames.length).toBeGreaterThanOrEqual(35)
    for (const act of actNames) expect([nameOf(act).length > 0, rolesOf(act).includes('auditor')]).toEqual([true, false])
    expect(actIds.map(actName)).toContain('不予公开回应')
  })
  it('has a screen for every act of the service that no other page or card offers', () => {
    const elsewhere = ['assign', 'merge', 'acknowledge', 'approve', 'reject', 'receipt', 'look_at_referral', 'city_post', 'repost']
    expect(actNames.filter((act) => !elsewhere.includes(act)).sort()).toEqual([...new Set(actIds.map((id) => acts[id].do))].sort())
  })
  it('gives every field of an act its own key', () => {
    for (const id of actIds) expect(new Set(acts[id].fields.map((field) => field.key)).size).toBe(acts[id].fields.length)
  })
})

describe('what is offered', () => {
  it('is nothing that the service does not allow', () => {
    expect(actIds.filter((id) => fits(id, on({ allowed: ['instruct'] })))).toEqual(['instruct'])
  })
  it('is closing only once no statutory clock is open', () => {
    expect(fits('close', on({ clocks: [clock('response')] }))).toBe(false)
    expect(fits('close', on({ clocks: [clock('response', 'ended_late'), clock('update', 'running', 'target')] }))).toBe(true)
  })
  it('is one supervision and one referral at a time', () => {
    expect(fits('supervise', on({}, [record('supervision', 'supervision-1', 'open')]))).toBe(false)
    expect(fits('supervise', on({}, [record('supervision', 'supervision-1', 'done')]))).toBe(true)
    expect(fits('refer', on({}, [record('referral', 'referral-1', 'waiting')]))).toBe(false)
    expect(fits('refer', on({}, [record('referral', 'referral-1', 'rejected')]))).toBe(true)
  })
  it('is a result only of what the department was asked for', () => {
    const records = [record('instruction', 'instruction-1', 'open', 'housing'), record('rectification', 'rectification-1', 'open', 'ecology')]
    expect(fits('conclude', on({}, records, 'transport'))).toBe(false)
    expect(draft('conclude', on({}, records, 'ecology')).record).toBe('rectification rectification-1')
    expect(draft('conclude', on({}, records)).record).toBe('instruction instruction-1')
  })
  it('is confirming only what was planned', () => {
    const plan = { kind: 'press_conference', department: 'ecology', effective_at: '2026-05-11T09:30:00+08:00', recorded_at: '2026-05-11T08:00:00+08:00', planned: true, pending: false, reviewed: true } as const
    expect(fits('confirm_held', on())).toBe(false)
    const about = on({ publications: [plan] })
    expect(fits('confirm_held', about)).toBe(true)
    expect(toAct('confirm_held', draft('confirm_held', about), about)).toEqual({ do: 'confirm_held', effective_at: '2026-05-11T09:30:00+08:00' })
  })
  it('is not what waits for a second person already', () => {
    const about = on({ approvals: [{ what: 'dispose', by: 'a', by_name: '甲', at: '2026-05-11T09:00:00+08:00', detail: '' }] })
    expect([waiting('no_public_response', about), waiting('watch', about), waiting('dismiss', about)]).toEqual([true, false, false])
  })
})

describe('what is sent', () => {
  const about = on()
  it.each<[ActId, Draft, object]>([
    ['consult', { nature: '事故 ', trend: '扩散', risk: '聚集', proposal: '公开' }, { do: 'consult', nature: '事故', trend: '扩散', risk: '聚集', proposal: '公开' }],
    ['instruct', { text: '今晚公布' }, { do: 'instruct', text: '今晚公布', department: 'ecology' }],
    ['instruct', { text: '今晚公布', department: '', due_at: '2026-05-11T20:00:00' }, { do: 'instruct', text: '今晚公布', due_at: '2026-05-11T20:00:00+08:00' }],
    ['watch', { review_on: '2026-05-20', reason: '再看' }, { do: 'dispose', how: 'watch', review_on: '2026-05-20T18:00:00+08:00', reason: '再看' }],
    ['no_public_response', { reason: '涉密' }, { do: 'dispose', how: 'no_public_response', reason: '涉密' }],
    ['reopen', { reason: '又发生', because: 'new_event', evidence_at: '2026-05-11T08:00:00' }, { do: 'reopen', reason: '又发生', because: 'new_event', evidence_at: '2026-05-11T08:00:00+08:00' }],
    ['reopen', { reason: '再判', evidence_at: '2026-05-11T08:00:00' }, { do: 'reopen', reason: '再判', because: 'judgement' }],
    ['refer', {}, { do: 'refer', to: ['police', 'cyberspace'] }],
    ['feedback', { satisfied: 'no' }, { do: 'feedback', satisfied: false }],
    ['feedback', { satisfied: 'yes' }, { do: 'feedback', satisfied: true }],
    ['split', { mentions: ['m2', 'm3'] }, { do: 'split', mentions: ['m2', 'm3'] }],
    ['hand_over', {}, { do: 'hand_over' }],
    ['circulate', { reason: '推诿退回' }, { do: 'circulate', department: 'ecology', reason: '推诿退回' }],
    ['talk', { about: '夜间施工', result: '承诺整改' }, { do: 'talk', department: 'ecology', about: '夜间施工', result: '承诺整改' }],
    ['review', { aspects: ['legal'], department: '' }, { do: 'review', kind: 'response', aspects: ['legal'] }],
    ['conclude', { record: 'order 省厅 3号', result: '已报送', published_url: '' }, { do: 'conclude', record: 'order', id: '省厅 3号', result: '已报送' }],
    ['respond', { past: '2026-05-11T09:00:00' }, { do: 'respond', kind: 'response', review: false }],
    ['respond', { when: 'plan', past: '2026-05-11T09:00:00', plan: '2026-05-11T15:00:00', text: ' 定于下午通报 ', passed: ['political', 'legal', 'confidential'] }, { do: 'respond', kind: 'response', effective_at: '2026-05-11T15:00:00+08:00', text: '定于下午通报', review: true }],
    ['amend', { publication: '2', text: '改后', url: '', reason: '有误' }, { do: 'amend', publication: 2, text: '改后', reason: '有误' }],
    ['amend', { publication: '', text: '改后', reason: '有误' }, { do: 'amend', text: '改后', reason: '有误' }],
    ['grade', { reason: '核实' }, { do: 'grade', ...grading, reason: '核实' }],
  ])('%s with %o', (id, typed, act) => {
    expect(toAct(id, draft(id, about, typed), about)).toEqual(act)
  })
  it('says why a graded case is graded again', () => {
    const again = on({ graded: true })
    expect(toAct('grade', draft('grade', again, { reason: '新伤亡', because: 'new_event' }), again)).toMatchObject({ because: 'new_event' })
  })
})

describe('what is wrong with it', () => {
  const about = on()
  it.each<[ActId, Draft, string[]]>([
    ['consult', { nature: ' ', trend: '扩散', risk: '聚集' }, ['请填写事件性质', '请填写处置建议']],
    ['rectify', { text: '停产' }, ['请选择办理期限']],
    ['rectify', { text: '停产', due_at: '2026-05-11T10:00:00' }, ['办理期限要晚于现在']],
    ['instruct', { leader: '李副市长', text: '公布', due_at: '' }, []],
    ['refer', { to: [] }, ['请选择移交给哪些单位']],
    ['feedback', {}, ['请选择是否满意']],
    ['split', {}, ['请选择要移出的信息']],
    // An attestation is a person's: nothing is ticked beforehand.
    ['review', {}, ['请选择已通过哪一关']],
    ['review', { aspects: ['confidential'] }, []],
    ['talk', { about: '夜间施工', effective_at: '2026-05-11T10:01:00' }, ['请填写约谈结果', '约谈时间不能晚于现在']],
    ['watch', { review_on: '2026-05-10', reason: '再看' }, ['复查日要晚于现在']],
    ['respond', { url: 'not a link' }, ['链接要以 http:// 或 https:// 开头']],
    ['respond', {}, ['请写明回应内容，或填写链接']],
    ['respond', { kind: 'direct_reply', url: 'https://a.cn' }, ['请写明答复内容']],
    ['respond', { text: '已修好', passed: ['legal'] }, ['三关没有全部通过。请先用“发布审核”登记已通过的一关，这里不勾选']],
    ['answer', {}, ['请填写答复内容']],
    ['instruct', { text: '请尽快办理' }, ['请写明是哪位领导的批示']],
    ['respond', { when: 'past', past: '2026-05-11T10:01:00', text: '已修好' }, ['已发布的时间不能晚于现在']],
    ['respond', { when: 'plan', plan: '2026-05-11T09:00:00', text: '定于下午通报' }, ['计划的时间要晚于现在']],
    ['hand_over', {}, []],
  ])('%s with %o', (id, typed, words) => {
    expect(problems(id, about, typed)).toEqual(words)
  })
  it('is nothing with a day that has not ended', () => {
    const today: Field = { kind: 'day', key: 'day', label: '日期', lies: 'before' }
    expect(problem(today, { day: '2026-05-11' }, now)).toBe('')
    expect(problem(today, { day: '2026-05-13' }, now)).toBe('日期不能晚于现在')
  })
})
