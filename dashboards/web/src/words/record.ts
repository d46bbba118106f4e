/** Events of the record as an auditor looks for them, and those of the administration in words. */

/** What one looks for by kind; what people do first, then what the system does. */
export const eventKinds: readonly { id: string; name: string }[] = [
  { id: 'referral_viewed', name: '调阅封存材料' },
  { id: 'exported', name: '导出' },
  { id: 'graded', name: '定级与系统建议' },
  { id: 'assigned', name: '交办' },
  { id: 'acknowledged', name: '签收' },
  { id: 'returned', name: '退回' },
  { id: 'responded', name: '回应' },
  { id: 'answered', name: '协办答复' },
  { id: 'amended', name: '更正' },
  { id: 'reviewed', name: '发布审核' },
  { id: 'approval_requested', name: '提请复核' },
  { id: 'approved', name: '复核同意' },
  { id: 'rejected', name: '复核不同意' },
  { id: 'dismissed', name: '误报' },
  { id: 'closed', name: '办结' },
  { id: 'reopened', name: '重新办理' },
  { id: 'instructed', name: '批示' },
  { id: 'concluded', name: '办理结果' },
  { id: 'circulated', name: '通报' },
  { id: 'talked', name: '约谈' },
  { id: 'referred', name: '移交线索' },
  { id: 'clock_breached', name: '超时' },
  { id: 'verdict_corrected', name: '补录更正' },
  { id: 'escalated', name: '升级' },
  { id: 'logged_in', name: '登录' },
  { id: 'log_in_failed', name: '登录失败' },
  { id: 'logged_out', name: '退出登录' },
  { id: 'user_added', name: '新增用户' },
  { id: 'roles_changed', name: '改变角色' },
  { id: 'user_deactivated', name: '停用用户' },
  { id: 'password_changed', name: '修改密码' },
  { id: 'let_go', name: '按期删除' },
  { id: 'backed_up', name: '备份' },
]

const administration: Record<string, string> = {
  logged_in: '登录',
  log_in_failed: '登录失败',
  logged_out: '退出登录',
  user_added: '新增用户',
  user_renamed: '修改姓名',
  roles_changed: '改变角色',
  user_deactivated: '停用用户',
  user_reactivated: '启用用户',
  password_changed: '修改密码',
  let_go: '按期删除过期内容',
  backed_up: '备份',
  exported: '导出',
  moved: '迁移数据库',
  author_key: '作者标识的密钥',
  posted: '登记官方发布',
  reposted: '登记转发',
}

/** What an event that concerns no case says. */
export function adminWord(event: string, body: Record<string, unknown>): string {
  const word = administration[event] ?? eventKinds.find((kind) => kind.id === event)?.name ?? '系统记录'
  const about = ['user', 'file'].map((key) => body[key]).find((value) => typeof value === 'string')
  const cases = event === 'exported' && typeof body.cases === 'number' ? `，${body.cases} 件` : ''
  return about ? `${word}：${about}${cases}` : word
}
