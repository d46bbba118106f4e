/** What each role may do, in one sentence. */
import type { RoleId, UserRow } from '@/api/types'

export const roleHelp: Record<RoleId, string> = {
  analyst: '在研判台定级、交办、复核、合并，登记批示与督查；看得到全部事件。',
  department: '代表一个单位签收、退回、提交回应；只看得到交给本单位的事件。',
  publicity: '代表宣传部门会商、审核口径和发布；看得到全部事件。',
  supervision: '办理督查、通报和约谈，看考核；看得到全部事件。',
  leader: '在手机上看升级到本人的事件，批示、记已知悉；可限定分管单位。',
  auditor: '查看全部记录与核验结果，什么都不能改。',
  admin: '管理用户、规则、信源、值班表和通知渠道；不办理事件。',
}

/** A group of the list: a body's people, or those of the office. */
export interface UserGroup {
  id: string
  users: UserRow[]
}

/** Users by the body that they work for, the office's own first; the active ones first within each. */
export function byBody(users: readonly UserRow[], name: (body: string) => string): UserGroup[] {
  const groups = new Map<string, UserRow[]>()
  for (const user of users) {
    const body = user.roles.find((role) => role.role === 'department')?.body ?? ''
    groups.set(body, [...(groups.get(body) ?? []), user])
  }
  const head = (user: UserRow) => Number(user.roles.some((role) => role.role === 'department' && role.head))
  return [...groups]
    .map(([id, list]) => ({ id, users: list.sort((a, b) => Number(b.active) - Number(a.active) || head(b) - head(a) || a.user.localeCompare(b.user)) }))
    .sort((a, b) => Number(b.id === '') - Number(a.id === '') || name(a.id).localeCompare(name(b.id), 'zh'))
}
