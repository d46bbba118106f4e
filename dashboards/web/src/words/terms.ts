/** The Chinese term of every id that a screen can show. The words stand in one file, from which the service reads them too. */
import type { Grade, RoleId } from '@/api/types'
import terms from '@terms'

const word =
  (list: keyof typeof terms) =>
  (id: string | null | undefined): string =>
    id ? ((terms[list] as Record<string, string>)[id] ?? id) : '—'

export const priorityWord = word('priority')
export const bodyKind = word('body_kind')
export const sourceKind = word('source_kind')
export const deliveryChannel = word('delivery_channel')
export const gradeWord = word('grade')
export const clockKind = word('clock')
export const publicationKind = word('publication')
export const reviewAspect = word('review_aspect')
export const riskLevel = word('risk_level')
export const channelWord = word('channel')
export const tierWord = word('tier')
export const approachWord = word('approach')
/** All of 80号's ways to answer, for a choice. */
export const approachIds = Object.keys(terms.approach)
export const forceWord = word('force')
export const roleWord = word('role')
/** A role with the body that it is held in. */
export function rankWord(role: { readonly role: RoleId; readonly body?: string; readonly head?: boolean }, bodyName: (id: string) => string): string {
  return role.body ? `${bodyName(role.body)}${role.head ? '负责人' : ''}` : roleWord(role.role)
}
export const stateWord = word('incident_state')
/** What a record around a case is: 批示, 通报 and so on. */
export const recordWord = word('record')
export const taskState = word('task_state')
export const waitsFor = word('waiting')
export const healthWord = word('source_health')
export const sentimentWord = word('sentiment')
/** 领域 */
export const categoryWord = word('category')
export const categoryIds = Object.keys(terms.category)
export const gradeIds = Object.keys(terms.grade) as Grade[]
export const channelIds = Object.keys(terms.channel)
export const roleIds = Object.keys(terms.role)
export const reviewAspectIds = Object.keys(terms.review_aspect)
export const publicationKindIds = Object.keys(terms.publication)

/** The higher of two grades. */
export function higher(a: Grade, b: Grade): Grade {
  return gradeIds.indexOf(a) >= gradeIds.indexOf(b) ? a : b
}
