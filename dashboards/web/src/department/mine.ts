/** What a department is asked for, in one sentence and in order of time left. */
import type { IncidentDetail, IncidentSummary, Task } from '@/api/types'
import { isOpen } from '@/clock/words'
import { roughLength, toMs } from '@/words/instant'

const SOON_MS = 2 * 3_600_000

const RECORDS = ['instruction', 'rectification', 'order']

export type Ask = 'acknowledge' | 'respond' | 'answer' | 'update' | 'conclude' | 'none'

/** The clock that presses this body on a case: its own task's or, where it leads, the case's. */
export function pressing(incident: IncidentSummary, body: string) {
  const mine = incident.clocks.filter((clock) => isOpen(clock) && (clock.department === body || (!clock.department && incident.lead === body)))
  return mine.sort((a, b) => (toMs(a.due_at) ?? 0) - (toMs(b.due_at) ?? 0))[0]
}

/** What the body has to do with a case: it leads, it supports, or it owes the result of an instruction or the like. */
export function partOf(incident: IncidentSummary, body: string): string {
  if (incident.lead === body) return '牵头'
  const owes = incident.clocks.some((clock) => isOpen(clock) && clock.department === body && RECORDS.includes(clock.kind))
  return owes && !incident.supporting.includes(body) ? '督办' : '协办'
}

/** True while the body has not acknowledged its task. */
export function waitsForReceipt(incident: IncidentSummary, body: string): boolean {
  return incident.clocks.some((clock) => clock.kind === 'acknowledge' && clock.department === body && isOpen(clock))
}

/** "贵单位有 2 件待签收、1 件 48 分钟后到期。" */
export function sentence(incidents: readonly IncidentSummary[], body: string, now: number): string {
  const waiting = incidents.filter((incident) => waitsForReceipt(incident, body)).length
  const dues = incidents.map((incident) => toMs(pressing(incident, body)?.due_at)).filter((due) => due !== null)
  const overdue = dues.filter((due) => due < now).length
  const soon = dues.filter((due) => due >= now && due - now <= SOON_MS).sort((a, b) => a - b)
  const parts: string[] = []
  if (overdue > 0) parts.push(`${overdue} 件已超时`)
  if (waiting > 0) parts.push(`${waiting} 件待签收`)
  if (soon.length > 0) parts.push(`${soon.length} 件${soon.length > 1 ? '最早' : ''} ${roughLength(soon[0]! - now)}后到期`)
  if (parts.length > 0) return `贵单位有 ${parts.join('、')}。`
  const running = incidents.filter((incident) => pressing(incident, body)).length
  if (running > 0) return `贵单位有 ${running} 件在办，两小时内没有到期的。`
  return '贵单位目前没有要办的事项。'
}

/** This body's task on a case: the latest one, since a body may be given it again. */
export function taskOf(incident: IncidentDetail, body: string): Task | undefined {
  return incident.tasks.filter((task) => task.department === body && task.state !== 'replaced').at(-1)
}

/** What is asked of the body now: its task first, then the result that it owes of an instruction or the like. */
export function asked(incident: IncidentDetail, body: string): Ask {
  const ofTask = taskAsks(incident, body)
  return ofTask === 'none' && incident.allowed.includes('conclude') ? 'conclude' : ofTask
}

function taskAsks(incident: IncidentDetail, body: string): Ask {
  const task = taskOf(incident, body)
  const may = (what: string) => incident.allowed.includes(what)
  if (!task || task.state === 'returned') return 'none'
  // Nothing is due on a closed case; what comes of it may still be published.
  if (incident.state === 'closed') return may('respond') ? 'update' : 'none'
  if (task.state === 'assigned' && may('acknowledge')) return 'acknowledge'
  if (task.state === 'answered') return may('respond') && task.role === 'lead' ? 'update' : 'none'
  if (task.role === 'supporting' && may('answer')) return 'answer'
  return may('respond') ? 'respond' : 'none'
}

/** By time left; what has no running clock stands last, the newest first. */
export function byTimeLeft(body: string) {
  return (a: IncidentSummary, b: IncidentSummary): number => {
    const dueA = toMs(pressing(a, body)?.due_at) ?? Number.MAX_SAFE_INTEGER
    const dueB = toMs(pressing(b, body)?.due_at) ?? Number.MAX_SAFE_INTEGER
    return dueA - dueB || (toMs(b.detected_at) ?? 0) - (toMs(a.detected_at) ?? 0)
  }
}
