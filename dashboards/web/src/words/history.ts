/** A row of the ledger as a sentence that an official would write. */
import type { Grade, LedgerRow } from '@/api/types'
import { stepWords } from '@/office/lengths'
import { fullTime, toMs } from './instant'
import { approachWord, clockKind, gradeWord, publicationKind, reviewAspect, riskLevel, tierWord, waitsFor } from './terms'

/** What concerns the city itself needs no name of a place. */
const CITY = 'xuancheng'

type Name = (id: string | null | undefined) => string
type Say = (row: Record<string, string | undefined>, name: Name, flags: LedgerRow) => string

const asked = (row: Record<string, string | undefined>) => waitsFor(row.what)
const clock = (row: Record<string, string | undefined>, name: Name) => {
  const whose = row.department ? `${name(row.department)}的` : ''
  return `${whose}${clockKind(row.clock ?? '')}时限`
}

const aspects = (ids: unknown) => (Array.isArray(ids) ? ids.map((id) => reviewAspect(String(id))).join('、') : '')
/** What went out without a whole review says so. */
const unreviewed = (row: LedgerRow) => {
  const missing = aspects(row.unreviewed)
  return missing ? `，未经${missing}审核` : '，未登记发布审核'
}

const sentences: Record<string, Say> = {
  incident_opened: () => '发现并立件',
  mention_joined: (row) => `归并信息${row.count ? ` ${row.count} 条` : ''}`,
  assessment_attached: (row) => `涉及作过风险评估的政策：${row.matter}（${riskLevel(row.level)}）`,
  plan_attached: (row) => `适用预案：${row.title}${row.why ? `（${row.why}）` : ''}`,
  graded: (row, _name, flags) =>
    `${flags.proposed === true ? '系统建议' : '定级'}：事件${gradeWord(row.event_grade as Grade)}、舆情${gradeWord(row.opinion_grade as Grade)}${flags.sensitive === true ? '、敏感' : ''}${row.approach ? `，${approachWord(row.approach)}` : ''}`,
  clock_started: (row, name, flags) =>
    `${clock(row, name)}开始计时，到期 ${fullTime(row.due_at)}${flags.provisional === true ? '（暂定）' : ''}${flags.born_overdue === true ? '（起算时已超时）' : ''}`,
  clock_warned: (row, name) => `${clock(row, name)}已用 ${row.threshold}%，发出预警`,
  clock_met: (row, name) => `${clock(row, name)}按时完成`,
  clock_breached: (row, name) => `${clock(row, name)}超时${row.charged_to ? `，计入${name(row.charged_to)}` : ''}`,
  clock_superseded: (row, name) => `${clock(row, name)}被替代`,
  clock_cancelled: (row, name) => `${clock(row, name)}取消`,
  clock_ended_late: (row, name) => `${clock(row, name)}逾期办结`,
  verdict_corrected: (row, name) => `${clock(row, name)}更正为按时${(toMs(row.at) ?? 0) > (toMs(row.due_at) ?? 0) ? '（补录）' : ''}`,
  proposal_refuted: (row, name) => `${clock(row, name)}的超时不计责（系统建议已被否定）`,
  assigned: (row, name, flags) => `${flags.auto === true ? '系统' : ''}交办${name(row.department)}${row.role === 'lead' ? '（牵头）' : '（协办）'}`,
  acknowledged: (row, name) => `${name(row.department)}签收`,
  answered: (row, name) => `${name(row.department)}答复政府办（不公开）${row.text ? `：${row.text}` : ''}`,
  amended: (row, name) => `${name(row.department)}的${row.publication === undefined ? '协办答复' : '回应'}已更正：${[row.text, row.url].filter(Boolean).join(' ')}（${row.reason}）`,
  returned: (row, name) => `${name(row.department)}退回${row.to ? `，建议改派${name(row.to)}` : ''}`,
  responded: (row, name, flags) =>
    `${name(row.department)}${flags.planned === true ? '计划' : ''}${publicationKind(row.kind)}${flags.pending === true ? '（补录，待复核）' : ''}${flags.reviewed === true ? '' : unreviewed(flags)}${row.text ? `：${row.text}` : ''}`,
  reviewed: (row, name, flags) =>
    `${name(row.body)}审核${row.body === row.department ? '' : name(row.department)}拟发布的${publicationKind(row.kind)}：${aspects(flags.aspects)}`,
  retitled: (row) => `标题改为“${row.title}”`,
  held: (row, name, flags) => `${row.department ? name(row.department) : ''}确认已按计划举行${flags.reviewed === true ? '，此前已完成发布审核' : ''}`,
  approval_requested: (row) => `提请复核：${asked(row)}`,
  approved: (row) => `复核同意：${asked(row)}`,
  rejected: (row) => `复核不同意：${asked(row)}`,
  escalated: (row, name) => `${row.why ? `${row.why}：` : ''}报${row.jurisdiction && row.jurisdiction !== CITY ? name(row.jurisdiction) : ''}${tierWord(row.tier)}${row.instead ? `（该层级无人，改报${tierWord(row.instead)}）` : ''}${row.to_names ? `（${row.to_names}）` : ''}${row.step ? `，${clockKind(row.clock ?? '')}${stepWords(row.step)}` : ''}`,
  receipt: () => '已知悉',
  notified: (row) => `${row.why ?? '通知'}${row.to_names ? `（告知${row.to_names}）` : ''}`,
  closed: () => '办结',
  reopened: (row) => `重新启动${row.cycle ? `（第 ${row.cycle} 轮）` : ''}`,
  dismissed: () => '认定为误报',
  disposed: (row) => (row.how === 'watch' ? '列为持续关注' : '不予公开回应'),
  restored: () => '恢复处置',
  merged: (row) => `并入 ${row.into ?? '另一事件'}`,
  grouped: () => '合并办理的情况有变化',
  mirrored: () => '随合并的事件同步办理',
  referral_viewed: () => '查看移交材料',
  unmerged: () => '撤销合并',
  split: (row) => `拆分出${row.into ? ` ${row.into}` : '新事件'}`,
  raised: (row, name) => `提级至${name(row.jurisdiction)}`,
  feedback: (_row, _name, flags) => (flags.satisfied === true ? '群众反馈满意' : '群众反馈不满意'),
  covered: () => '确认此前回应已覆盖',
  consultation_due: () => '需要会商研判',
  consulted: () => '完成会商研判',
  instructed: (row) => `${row.leader ? `${row.leader}批示${row.given_at ? `（${fullTime(row.given_at)}）` : ''}` : '领导批示'}：${row.text ?? ''}`,
  rectification_set: () => '限期整改',
  ordered: (row) => `${row.leader ? `${row.leader}交办` : '上级交办'}：${row.text ?? ''}`,
  referral_proposed: () => '提出移交线索',
  referred: () => '线索已移交',
  supervision_proposed: () => '建议重点督查',
  supervision_opened: () => '启动重点督查',
  concluded: () => '登记办理结果',
  circulated: (row, name) => `通报${name(row.department)}：${row.reason}`,
  talked: (row, name) => `约谈${name(row.department)}（${fullTime(row.effective_at)}）：${row.about}；结果：${row.result}`,
}

/** The sentence for a row; an event that this page doesn't know is shown by its name. */
export function sentence(row: LedgerRow, name: Name): string {
  const texts: Record<string, string | undefined> = {}
  for (const [key, value] of Object.entries(row)) {
    if (typeof value === 'string' || typeof value === 'number') texts[key] = String(value)
    else if (Array.isArray(value)) texts[key] = value.map(String).join('、')
  }
  const say = sentences[row.event]
  return say ? say(texts, name, row) : row.event
}

/** Rows that a person looks for first; the others are details. */
export function isMilestone(row: LedgerRow): boolean {
  return !['clock_warned', 'mention_joined', 'notified', 'clock_started', 'clock_superseded', 'clock_cancelled', 'grouped', 'mirrored'].includes(row.event)
}

/** How the row looks in the line: bad news, good news or neither. */
export function tone(row: LedgerRow): 'bad' | 'good' | 'plain' {
  if (['clock_breached', 'rejected', 'escalated', 'returned', 'circulated', 'talked'].includes(row.event)) return 'bad'
  if (['clock_met', 'responded', 'acknowledged', 'closed', 'approved', 'answered', 'held'].includes(row.event)) return 'good'
  return 'plain'
}
