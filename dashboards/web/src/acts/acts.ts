/**
 * Everything that people do to a case and that one dialog can ask for: an act is one entry here, with its form. Its name and who
 * may do it stand in the table of acts that the service reads too. What an entry offers is
 * narrowed by `allowed` of the service, which has the last word; two acts have dialogs of their own (交办, 合并).
 */
import type { Act } from '@/api/types'
import { isOpen } from '@/clock/words'
import { openRecords } from '@/incident/records'
import { fullTime, toWallClock, toMs } from '@/words/instant'
import { approachIds, approachWord, gradeIds, gradeWord, publicationKind, publicationKindIds, recordWord, reviewAspect, reviewAspectIds } from '@/words/terms'
import { useNames } from '@/words/names'
import { proposedTitles } from '@/words/title'
import { nameOf, type ActName } from './table'
import { sent, type Case, type Draft, type Field, type Option } from './fields'

/** Where an entry stands in the menu. */
export type Group = 'judge' | 'urge' | 'end' | 'parts'

export interface Entry {
  /** The act of the contract. */
  do: ActName
  /** What the menu calls it, where that is not the act's own name. */
  name?: string
  group: Group
  /** Worth offering on this case, beyond what the service allows. */
  fits?: (on: Case) => boolean
  /** The case asks for it now: it gets a button of its own. */
  called?: (on: Case) => boolean
  /** The approval that it may have to wait for: while one waits, it is not offered again. */
  waits?: string
  /** What follows from it. */
  hint?: (on: Case) => string
  fields: readonly Field[]
  /** Keys that are always sent. */
  with?: Omit<Act, 'do'>
  /** Puts what was typed into the act's own form, where that is another. */
  shape?: (body: Omit<Act, 'do'>, on: Case) => Omit<Act, 'do'>
  /** On the button that does it. */
  confirm: string
  /** What will be recorded is repeated and confirmed before it is sent. */
  twice?: boolean
  /** Asked for beside what it is about, never from the menu. */
  beside?: boolean
  /** What is told once the service took it. */
  done: string
  /** The case is finished at the analyst's desk: the next one opens. */
  finishes?: boolean
}

/** Longest reason, and longest text of a record, in characters. */
const REASON_MAX = 1000
const TEXT_MAX = 2000
/** Longest text of a response or an answer. */
const RESPONSE_MAX = 5000

const reason = (more: Partial<Extract<Field, { kind: 'text' }>> = {}): Field => ({ kind: 'text', key: 'reason', label: '理由', max: REASON_MAX, missing: '请写明理由', ...more })
const text = (label: string, placeholder?: string): Field => ({ kind: 'text', key: 'text', label, max: TEXT_MAX, rows: 4, missing: `请写${label}`, placeholder })
const addressee: Field = { kind: 'body', key: 'department', label: '交由', optional: true, initial: (on) => on.incident.lead ?? '' }
const deadline = (optional: boolean): Field => ({ kind: 'time', key: 'due_at', label: '办理期限', lies: 'after', optional, hint: () => (optional ? '填了期限即开始计时，到期前催办。' : '从现在起计时，到期前催办。') })
const evidenceAt: Field = {
  kind: 'time',
  key: 'evidence_at',
  label: '新情况的发现时间',
  lies: 'before',
  optional: true,
  hint: () => '从这个时间起算；不填即从现在起算。',
  when: (draft) => draft.because === 'new_event',
}
const because = (judgement: string, when?: Field['when']): Field => ({
  kind: 'choice',
  key: 'because',
  label: '原因',
  look: 'radios',
  options: () => [
    { value: 'judgement', words: judgement },
    { value: 'new_event', words: '出现新情况（从新情况的发现时间起算）' },
  ],
  initial: () => 'judgement',
  when,
})
const grades = (from: number): Option[] => gradeIds.slice(from).map((grade) => ({ value: grade, words: gradeWord(grade) }))
const judgement = (on: Case) => on.incident.grading ?? on.incident.proposal

/** When it took place; what lies ahead is no record yet. */
const tookPlace = (label: string): Field => ({ kind: 'time', key: 'effective_at', label, lies: 'before', optional: true, hint: () => '不填即刚刚。' })
const publication = (): Option[] => publicationKindIds.map((id) => ({ value: id, words: publicationKind(id) }))

const openClock = (on: Case, kind: string) => on.incident.clocks.some((clock) => clock.kind === kind && isOpen(clock))
/** The plan that a confirmation is about: the one whose time comes first. */
const plan = (on: Case) => on.incident.publications.filter((publication) => publication.planned).sort((a, b) => (toMs(a.effective_at) ?? 0) - (toMs(b.effective_at) ?? 0))[0]
const referral = (on: Case) => on.records.find((record) => record.kind === 'referral' && record.state === 'approved')
/** Records whose result this user may tell: a department only what was put to it. */
const owed = (on: Case) => openRecords(on.records).filter((record) => on.body === null || record.department === on.body)
const merged = (on: Case) => on.incident.state === 'merged'

const written = (value: Draft[string] | undefined) => typeof value === 'string' && value.trim() !== ''
const list = (value: Draft[string] | undefined) => (Array.isArray(value) ? value : [])
/** Ticked, and not all of them. */
const PARTLY = [1, 2]
/** A response of this body, or of any where the office acts, or its own answer. */
function amendable(on: Case): boolean {
  const published = on.incident.publications.some((publication) => typeof publication.n === 'number' && (on.body === null || publication.department === on.body))
  return published || on.incident.tasks.some((task) => Boolean(task.answer) && task.department === on.body)
}

const entries = {
  grade: {
    do: 'grade',
    group: 'judge',
    fields: [
      { kind: 'choice', key: 'event_grade', label: '事件等级', look: 'buttons', options: () => grades(0), initial: (on) => judgement(on).event_grade, hint: () => '突发事件本身的等级；没有发生突发事件选“无”。' },
      { kind: 'choice', key: 'opinion_grade', label: '舆情等级', look: 'buttons', options: () => grades(1), initial: (on) => judgement(on).opinion_grade },
      { kind: 'check', key: 'sensitive', label: '敏感', initial: (on) => judgement(on).sensitive },
      { kind: 'choice', key: 'approach', label: '回应方式', look: 'select', optional: true, options: () => approachIds.map((value) => ({ value, words: approachWord(value) })), initial: (on) => on.incident.approach ?? '' },
      because('重新判断（起算时间不变）', (_draft, on) => on.incident.graded),
      evidenceAt,
      reason({ placeholder: '例如：经与应急部门核实，死亡 3 人' }),
    ],
    confirm: '确定',
    done: '已定级',
  },
  dismiss: {
    do: 'dismiss',
    group: 'judge',
    waits: 'dismiss',
    hint: () => '各项时限随之取消。曾建议或定为较大以上的，须第二人复核后生效。',
    fields: [reason({ presets: ['与本市无关', '重复信息', '旧闻重发', '内容不实且无影响'] })],
    confirm: '确定',
    done: '已认定为误报',
    finishes: true,
  },
  no_public_response: {
    do: 'dispose',
    name: '不予公开回应',
    group: 'judge',
    waits: 'dispose',
    hint: () => '各项时限随之取消。曾建议或定为较大以上的，须第二人复核后生效。',
    fields: [reason()],
    with: { how: 'no_public_response' },
    confirm: '确定',
    done: '已列为不予公开回应',
    finishes: true,
  },
  watch: {
    do: 'dispose',
    name: '持续关注',
    group: 'judge',
    hint: () => '时限照常走，什么都不停；到复查日提醒。',
    fields: [{ kind: 'day', key: 'review_on', label: '复查日', lies: 'after' }, reason()],
    with: { how: 'watch' },
    confirm: '确定',
    done: '已列为持续关注',
  },
  restore: {
    do: 'restore',
    group: 'judge',
    called: () => true,
    hint: () => '时限按原来的起算时间重新计算。',
    fields: [reason()],
    confirm: '确定',
    done: '已恢复处置',
  },
  raise: {
    do: 'raise',
    group: 'judge',
    fits: (on) => on.incident.jurisdiction !== 'xuancheng',
    hint: () => '由上一级管辖，此后按上一级的值班表提醒；时限不变。',
    fields: [reason()],
    confirm: '确定',
    done: '已提级',
  },
  retitle: {
    do: 'retitle',
    group: 'judge',
    fits: (on) => !merged(on),
    hint: () => '写清何地、何事、多少；原文的标题不变。',
    fields: [
      {
        kind: 'text',
        key: 'title',
        label: '标题',
        max: 100,
        rows: 2,
        initial: (on) => on.incident.whole_title,
        proposals: (on) => proposedTitles(useNames().regionName(on.incident.region ?? 'xuancheng'), on.incident.proposal_reasons),
      },
    ],
    confirm: '确定',
    done: '已改标题',
  },
  consult: {
    do: 'consult',
    group: 'urge',
    called: (on) => openClock(on, 'consultation'),
    hint: () => '重大敏感舆情由市政府办公室会同宣传部门召集有关单位会商，四项都要有结论。',
    fields: [
      { kind: 'text', key: 'nature', label: '事件性质', max: TEXT_MAX, rows: 2, placeholder: '例如：生产安全事故，暂无人为破坏迹象' },
      { kind: 'text', key: 'trend', label: '舆情走势', max: TEXT_MAX, rows: 2, placeholder: '例如：本地论坛向微博扩散，外地账号开始转发' },
      { kind: 'text', key: 'risk', label: '可能的风险', max: TEXT_MAX, rows: 2 },
      { kind: 'text', key: 'proposal', label: '处置建议', max: TEXT_MAX, rows: 3 },
    ],
    confirm: '登记会商',
    done: '已登记会商',
  },
  instruct: {
    do: 'instruct',
    group: 'urge',
    fields: [
      { kind: 'person', key: 'leader', label: '批示领导', missing: '请写明是哪位领导的批示', when: (_draft, on) => !on.leads },
      text('批示内容'),
      { kind: 'time', key: 'given_at', label: '批示时间', lies: 'before', optional: true, when: (_draft, on) => !on.leads, hint: () => '不填即刚刚。您记为登记人。' },
      addressee,
      deadline(true),
    ],
    confirm: '批示',
    done: '批示已登记',
  },
  rectify: {
    do: 'rectify',
    group: 'urge',
    fields: [text('整改要求'), { ...addressee, optional: false, label: '整改单位' }, deadline(false)],
    confirm: '责令整改',
    done: '已下达限期整改',
  },
  order: {
    do: 'order',
    group: 'urge',
    hint: () => '登记上级交办的事项；有办理期限的按期限计时。',
    fields: [
      text('交办内容', '例如：省政府办公厅要求三日内报送核查情况'),
      { kind: 'text', key: 'leader', label: '交办机关', max: 100, rows: 1, optional: true },
      addressee,
      deadline(true),
    ],
    confirm: '登记交办',
    done: '已登记上级交办',
  },
  supervise: {
    do: 'supervise',
    group: 'urge',
    fits: (on) => !openRecords(on.records).some((record) => record.kind === 'supervision'),
    called: (on) => on.records.some((record) => record.kind === 'supervision' && record.state === 'due'),
    hint: () => '反复问政，或群众对部门答复不满意的，由市政府办公室重点督查；从立项起计时。',
    fields: [reason({ label: '督查事由', missing: '请写明督查事由' })],
    confirm: '启动督查',
    done: '已启动重点督查',
  },
  circulate: {
    do: 'circulate',
    group: 'urge',
    fields: [{ ...addressee, optional: false, label: '通报单位' }, reason({ label: '通报事由', missing: '请写明通报事由', rows: 4 })],
    confirm: '通报',
    done: '已通报',
  },
  talk: {
    do: 'talk',
    group: 'urge',
    hint: () => '约谈之后登记。',
    fields: [
      { ...addressee, optional: false, label: '约谈单位' },
      { kind: 'text', key: 'about', label: '约谈事项', max: TEXT_MAX },
      { kind: 'text', key: 'result', label: '约谈结果', max: TEXT_MAX },
      tookPlace('约谈时间'),
    ],
    confirm: '登记约谈',
    done: '已登记约谈',
  },
  conclude: {
    do: 'conclude',
    group: 'urge',
    fits: (on) => owed(on).length > 0,
    called: () => true,
    hint: () => '登记后其时限随之了结，不能撤回。',
    fields: [
      {
        kind: 'choice',
        key: 'record',
        label: '事项',
        look: 'radios',
        options: (on) => owed(on).map((record) => ({ value: `${record.kind} ${record.id}`, words: `${recordWord(record.kind)}：${record.text}` })),
        initial: (on) => owed(on).map((record) => `${record.kind} ${record.id}`)[0] ?? '',
      },
      { kind: 'text', key: 'result', label: '办理结果', max: TEXT_MAX, rows: 4 },
      { kind: 'url', key: 'published_url', label: '结果公布链接', optional: true, hint: () => '批示办理情况应当公布；已公布的填链接。' },
    ],
    shape: (body) => {
      const [record = '', ...id] = String(body.record ?? '').split(' ')
      return { ...body, record, id: id.join(' ') }
    },
    confirm: '登记',
    done: '已登记办理结果',
  },
  refer: {
    do: 'refer',
    group: 'urge',
    waits: 'referral',
    fits: (on) => !on.records.some((record) => record.kind === 'referral' && ['waiting', 'approved'].includes(record.state)),
    hint: () => '严重扰乱社会秩序、损害国家利益的谣言，在回应的同时移交线索。须第二人复核后才能移交；现有原文随即封存，回应时限不停。',
    fields: [{ kind: 'bodies', key: 'to', label: '移交给', missing: '请选择移交给哪些单位', initial: () => ['police', 'cyberspace'] }],
    confirm: '提请移交',
    done: '已提请移交',
  },
  hand_over: {
    do: 'hand_over',
    group: 'urge',
    called: () => true,
    hint: (on) => `第二人已复核同意${referral(on) ? `（${fullTime(referral(on)?.at)} 提出）` : ''}。材料交到对方手中之后再确认，移交时限随之了结。`,
    fields: [],
    confirm: '确认已移交',
    done: '已移交',
  },
  review: {
    do: 'review',
    group: 'end',
    hint: () => '拟发布的内容在发布之前登记审核；缺一关的，发布后会如实记为未经该关审核。',
    fields: [
      { kind: 'choice', key: 'kind', label: '拟发布的形式', look: 'select', options: publication, initial: (on) => (openClock(on, 'press_conference') ? 'press_conference' : 'response') },
      { kind: 'choices', key: 'aspects', label: '已通过', missing: '请选择已通过哪一关', options: () => reviewAspectIds.map((id) => ({ value: id, words: reviewAspect(id) })) },
      { ...addressee, label: '由谁发布', hint: () => '不填即由本单位发布。', when: (_draft, on) => on.body === null },
      tookPlace('审核时间'),
    ],
    confirm: '登记审核',
    done: '已登记发布审核',
  },
  respond: {
    do: 'respond',
    group: 'end',
    fields: [
      { kind: 'choice', key: 'kind', label: '回应形式', look: 'select', options: publication, initial: (on) => (openClock(on, 'press_conference') ? 'press_conference' : 'response') },
      {
        kind: 'choice',
        key: 'when',
        as: null,
        label: '发布时间',
        look: 'radios',
        options: () => [
          { value: 'now', words: '刚刚发布' },
          { value: 'past', words: '已发布于' },
          { value: 'plan', words: '计划于' },
        ],
        initial: () => 'now',
      },
      { kind: 'time', key: 'past', as: 'effective_at', label: '已发布的时间', lies: 'before', when: (draft) => draft.when === 'past', hint: () => '到期之后补登到期之前的发布，须第二人复核，复核前仍按超时计。还没有发布的请选“计划于”。' },
      { kind: 'time', key: 'plan', as: 'effective_at', label: '计划的时间', lies: 'after', when: (draft) => draft.when === 'plan', hint: () => '计划不停止计时；举行或发布之后请回来确认。' },
      {
        kind: 'text',
        key: 'text',
        label: '回应内容',
        max: RESPONSE_MAX,
        rows: 6,
        optional: true,
        hint: (draft) => (draft.kind === 'direct_reply' ? '写明答复来信人的全文。' : '写明回应的要点或全文；已公开的也可只填链接。'),
        check: (draft) => {
          if (written(draft.text)) return ''
          if (draft.kind === 'direct_reply') return '请写明答复内容'
          return written(draft.url) ? '' : '请写明回应内容，或填写链接'
        },
      },
      { kind: 'url', key: 'url', label: '链接', optional: true },
      {
        kind: 'choices',
        key: 'passed',
        label: '发布审核：已通过哪几关',
        optional: true,
        options: () => reviewAspectIds.map((id) => ({ value: id, words: reviewAspect(id) })),
        hint: () => '逐关勾选。三关都通过才记为已审核；一关也没有勾选的，台账会如实记为“未登记发布审核”。',
        check: (draft) => (PARTLY.includes(list(draft.passed).length) ? '三关没有全部通过。请先用“发布审核”登记已通过的一关，这里不勾选' : ''),
      },
    ],
    shape: ({ passed, ...body }) => ({ ...body, review: Array.isArray(passed) && passed.length === reviewAspectIds.length }),
    twice: true,
    confirm: '提交',
    done: '已提交回应',
  },
  answer: {
    do: 'answer',
    group: 'end',
    hint: () => '答复市政府办公室，供牵头单位统一口径，不对外公开。',
    fields: [{ kind: 'text', key: 'text', label: '答复内容', max: RESPONSE_MAX, rows: 6, placeholder: '就职责范围内的情况：查了什么、结果如何、怎么处理' }],
    confirm: '答复',
    twice: true,
    done: '已答复',
  },
  amend: {
    do: 'amend',
    group: 'end',
    beside: true,
    fits: amendable,
    hint: () => '只更正内容和链接；时间、形式和结论不变。更正前后的内容都留在档案里。',
    fields: [
      { kind: 'text', key: 'text', label: '更正后的内容', max: RESPONSE_MAX, rows: 6, optional: true },
      { kind: 'url', key: 'url', label: '更正后的链接', optional: true, when: (draft) => draft.publication !== '' },
      reason({ label: '更正理由', missing: '请写明为什么更正' }),
    ],
    confirm: '更正',
    done: '已更正',
  },
  confirm_held: {
    do: 'confirm_held',
    group: 'end',
    fits: (on) => plan(on) !== undefined,
    called: () => true,
    hint: (on) => `计划于 ${fullTime(plan(on)?.effective_at)} 的${publicationKind(plan(on)?.kind)}。按实际时间计；到期之后才登记的须第二人复核。`,
    fields: [
      {
        kind: 'time',
        key: 'effective_at',
        label: '实际时间',
        lies: 'before',
        initial: (on) => {
          const at = toMs(plan(on)?.effective_at)
          return at === null ? '' : toWallClock(at)
        },
      },
    ],
    confirm: '确认已举行',
    done: '已确认举行',
  },
  feedback: {
    do: 'feedback',
    group: 'end',
    fits: (on) => on.incident.publications.some((publication) => !publication.planned) || on.incident.state === 'closed',
    hint: () => '不满意的，回应时限从现在起重新计算；多次不满意的，自动启动重点督查。',
    fields: [
      {
        kind: 'choice',
        key: 'satisfied',
        label: '群众对回应是否满意',
        look: 'radios',
        missing: '请选择是否满意',
        options: () => [
          { value: 'yes', words: '满意' },
          { value: 'no', words: '不满意' },
        ],
      },
    ],
    shape: (body) => ({ satisfied: body.satisfied === 'yes' }),
    confirm: '登记反馈',
    done: '已登记反馈',
  },
  close: {
    do: 'close',
    group: 'end',
    fits: (on) => !on.incident.clocks.some((clock) => clock.force === 'statutory' && isOpen(clock)),
    hint: () => '法定时限都已了结才能办结；其余在走的时限随之取消，督查、批示、整改、交办和移交的除外。',
    fields: [reason({ presets: ['已公开回应，群众没有新的诉求', '已直接答复来信人'] })],
    confirm: '确定',
    done: '已办结',
    finishes: true,
  },
  reopen: {
    do: 'reopen',
    group: 'end',
    called: (on) => on.incident.state === 'closed',
    hint: () => '开始新一轮时限；以前的结论不变。',
    fields: [because('重新研判（从现在起算回应时限）'), evidenceAt, reason()],
    confirm: '确定',
    done: '已重新办理',
  },
  split: {
    do: 'split',
    group: 'parts',
    fits: (on) => on.incident.mention_count > 1,
    hint: () => '移出的信息另立一件，按其中最早一条的发现时间起算；本件的时限不变。',
    fields: [{ kind: 'mentions', key: 'mentions', of: (on) => on.incident.id, label: '移出哪些信息', missing: '请选择要移出的信息' }],
    confirm: '拆分',
    done: '已拆分',
  },
  unmerge: {
    do: 'unmerge',
    group: 'parts',
    called: () => true,
    hint: () => '分开办理，各自的时限照常走。',
    fields: [],
    confirm: '撤销合并',
    done: '已撤销合并',
  },
  covers: {
    do: 'covers',
    group: 'parts',
    fits: merged,
    hint: () => '合并之前最近一次回应也答复了这一件所反映的情况，本件的时限据此了结。',
    fields: [],
    confirm: '确认',
    done: '已确认一并回应',
  },
  return: {
    do: 'return',
    group: 'judge',
    hint: () => '退回不改变到期时间。第二次退回的事项由市政府办公室直接交办，不能再退。',
    fields: [
      reason({ missing: '请写明为什么不属于贵单位职责', placeholder: '例如：该路段由县公路管理部门养护，不属我局职责' }),
      { kind: 'body', key: 'suggest', label: '建议由谁办理', except: (on) => on.incident.tasks.map((task) => task.department) },
    ],
    confirm: '退回',
    done: '已退回',
  },
} satisfies Record<string, Entry>

export type ActId = keyof typeof entries

export const acts: Record<ActId, Entry> = entries
export const actIds = Object.keys(entries) as ActId[]

/** What an entry is called. */
export const actName = (id: ActId): string => acts[id].name ?? nameOf(acts[id].do)

/** Whether an entry is worth offering on the case as it stands. */
export function fits(id: ActId, on: Case): boolean {
  return on.incident.allowed.includes(acts[id].do) && (acts[id].fits?.(on) ?? true)
}

/** Whether what the entry asks for waits for a second person already. */
export function waiting(id: ActId, on: Case): boolean {
  const what = acts[id].waits
  return what !== undefined && on.incident.approvals.some((approval) => approval.what === what)
}

/** What is sent for what was typed. */
export function toAct(id: ActId, draft: Draft, on: Case): Act {
  const entry = acts[id]
  const body = sent(entry.fields, draft, on)
  // Which response is set right was chosen by the button beside it.
  if (id === 'amend' && draft.publication !== undefined && draft.publication !== '') body.publication = Number(draft.publication)
  return { do: entry.do, ...(entry.shape?.(body, on) ?? body), ...entry.with }
}
