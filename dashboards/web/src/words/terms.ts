/** The Chinese term of every id that a screen can show. */
import type { Grade, RoleId } from '@/api/types'

const grades: Record<Grade, string> = { none: '无', general: '一般', large: '较大', major: '重大', extraordinary: '特别重大' }
const gradeOrder: Grade[] = ['none', 'general', 'large', 'major', 'extraordinary']

const clockKinds: Record<string, string> = {
  press_conference: '新闻发布会',
  response: '公开回应',
  first_statement: '权威信息首发',
  update: '动态发布',
  acknowledge: '签收',
  part: '协办答复',
  consultation: '会商研判',
  referral: '线索移交',
  supervision: '重点督查',
  instruction: '批示办理',
  rectification: '限期整改',
  order: '上级交办',
  weibo_repost: '微博转发',
  wechat_repost: '微信转发',
}

const publicationKinds: Record<string, string> = {
  press_conference: '新闻发布会',
  response: '公开回应',
  statement: '权威信息发布',
  update: '动态发布',
  direct_reply: '直接答复',
}

/** 回应方式 of 80号. */
const approaches: Record<string, string> = {
  adoption: '公开采纳情况',
  solution: '公布解决情况',
  investigation: '发布调查处置情况',
  facts: '发布信息澄清事实',
  correction: '引导和纠正',
  rebuttal: '回应并移交线索',
}

const channels: Record<string, string> = {
  news: '新闻',
  site: '网站',
  weibo: '微博',
  wechat: '微信',
  forum: '论坛',
  board: '留言板',
  hotline: '热线',
  video: '视频',
  other: '其他',
}

const tiers: Record<string, string> = {
  department: '承办单位',
  duty_desk: '值班室',
  office_director: '办公室主任',
  deputy: '分管领导',
  principal: '主要负责人',
  coordination: '统筹协调',
}

const forces: Record<string, string> = { statutory: '法定', target: '目标', internal: '内控' }

const roles: Record<string, string> = {
  analyst: '研判员',
  department: '承办单位',
  publicity: '宣传部门',
  supervision: '督查人员',
  leader: '领导',
  auditor: '审计（只读）',
  admin: '系统管理员',
}

const states: Record<string, string> = {
  detected: '待研判',
  graded: '待交办',
  assigned: '待签收',
  acknowledged: '办理中',
  responded: '已回应',
  closed: '已办结',
  dismissed: '误报',
  merged: '已合并',
  no_public_response: '不予公开回应',
}

const taskStates: Record<string, string> = {
  assigned: '待签收',
  acknowledged: '办理中',
  returned: '已退回',
  answered: '已回应',
  replaced: '已改派',
}

const waits: Record<string, string> = {
  grade: '降低事件等级',
  dismiss: '认定误报',
  dispose: '不予公开回应',
  response: '补录回应',
  referral: '移交线索',
}

/** What a draft is reviewed for before it is published. */
const reviewAspects: Record<string, string> = { political: '政治关', legal: '法律关', confidential: '保密关' }

/** How risky a policy was assessed to be before it was published. */
const riskLevels: Record<string, string> = { low: '低风险', medium: '中风险', high: '高风险' }

/** The opinion that 61号 names as needing an answer first. */
const priorities: Record<string, string> = {
  policy_misread: '政策误读',
  public_interest: '切身利益',
  moral_bottom_line: '道德底线',
  sudden_event: '突发事件',
  hot_topic: '社会热点',
  ordered_from_above: '上级要求',
}

const bodyKinds: Record<string, string> = {
  office: '政府办公室',
  party: '党委部门',
  bureau: '政府部门',
  territory: '属地',
  vertical: '垂直管理',
  enterprise: '公共企业',
}

const sourceKinds: Record<string, string> = { feed: '订阅源', html: '网页列表', board: '留言板', json: '数据接口', inbox: '收件目录', webhook: '推送接收' }

const deliveryChannels: Record<string, string> = {
  in_app: '站内通知',
  smtp: '邮件',
  webhook: '接口推送',
  wecom: '企业微信',
  dingtalk: '钉钉',
  feishu: '飞书',
}

const healths: Record<string, string> = {
  ok: '正常',
  failing: '采集失败',
  wall: '被拦截',
  empty: '无内容',
  textless: '无正文',
  fields: '缺字段',
  frozen: '内容停滞',
  stale: '久未更新',
  new: '尚未采集',
  off: '未启用',
}

const sentiments: Record<string, string> = { negative: '负面', neutral: '中性', positive: '正面' }

const word = (table: Record<string, string>) => (id: string | null | undefined) => (id ? (table[id] ?? id) : '—')

export const priorityWord = word(priorities)
export const bodyKind = word(bodyKinds)
export const sourceKind = word(sourceKinds)
export const deliveryChannel = word(deliveryChannels)
export const gradeWord = word(grades)
export const clockKind = word(clockKinds)
export const publicationKind = word(publicationKinds)
export const reviewAspect = word(reviewAspects)
export const riskLevel = word(riskLevels)
export const channelWord = word(channels)
export const tierWord = word(tiers)
export const approachWord = word(approaches)
/** All of 80号's ways to answer, for a choice. */
export const approachIds = Object.keys(approaches)
export const forceWord = word(forces)
export const roleWord = word(roles)
/** A role with the body that it is held in. */
export function rankWord(role: { readonly role: RoleId; readonly body?: string; readonly head?: boolean }, bodyName: (id: string) => string): string {
  return role.body ? `${bodyName(role.body)}${role.head ? '负责人' : ''}` : roleWord(role.role)
}
export const stateWord = word(states)
export const taskState = word(taskStates)
export const waitsFor = word(waits)
export const healthWord = word(healths)
export const sentimentWord = word(sentiments)

export const gradeIds: Grade[] = gradeOrder
export const channelIds = Object.keys(channels)
export const roleIds = Object.keys(roles)
export const reviewAspectIds = Object.keys(reviewAspects)
export const publicationKindIds = Object.keys(publicationKinds)

/** The higher of two grades. */
export function higher(a: Grade, b: Grade): Grade {
  return gradeOrder.indexOf(a) >= gradeOrder.indexOf(b) ? a : b
}
