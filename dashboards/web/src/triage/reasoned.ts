/** Acts of an analyst that need a reason and nothing else. */
import type { Act, IncidentDetail } from '@/api/types'
import { isOpen } from '@/clock/words'

export type ReasonedId = 'dismiss' | 'restore' | 'close' | 'conclude' | 'no_public_response' | 'raise' | 'reopen'

export interface Reasoned {
  name: string
  title: string
  hint: string
  /** What the field is called, if not 理由. */
  label?: string
  presets?: string[]
  /** What is told once the service took it. */
  done: string
  /** The case is finished here: the next one opens. */
  finishes: boolean
  act: (reason: string, incident: IncidentDetail) => Act
  /** Worth offering now; the service has the last word. */
  fits: (incident: IncidentDetail) => boolean
}

const may = (act: string) => (incident: IncidentDetail) => incident.allowed.includes(act)
const statutoryOpen = (incident: IncidentDetail) => incident.clocks.some((clock) => clock.force === 'statutory' && isOpen(clock))

/** Open clocks of what a person has set: the result ends them. */
const records = ['instruction', 'rectification', 'order', 'supervision']
const openRecord = (incident: IncidentDetail) => incident.clocks.find((clock) => records.includes(clock.kind) && isOpen(clock))

export const reasoned: Record<ReasonedId, Reasoned> = {
  dismiss: {
    name: '误报',
    title: '认定为误报',
    hint: '各项时限随之取消。曾建议或定为较大以上的，须第二人复核后生效。',
    presets: ['与本市无关', '重复信息', '旧闻重发', '内容不实且无影响'],
    done: '已认定为误报',
    finishes: true,
    act: (reason) => ({ do: 'dismiss', reason }),
    fits: may('dismiss'),
  },
  restore: {
    name: '恢复处置',
    title: '恢复处置',
    hint: '时限按原来的起算时间重新计算。',
    done: '已恢复处置',
    finishes: false,
    act: (reason) => ({ do: 'restore', reason }),
    fits: may('restore'),
  },
  close: {
    name: '办结',
    title: '办结',
    hint: '法定时限都已了结才能办结；其余在走的时限随之取消。',
    presets: ['已公开回应，群众没有新的诉求', '已直接答复来信人'],
    done: '已办结',
    finishes: true,
    act: (reason) => ({ do: 'close', reason }),
    fits: (incident) => may('close')(incident) && !statutoryOpen(incident),
  },
  conclude: {
    name: '登记办理结果',
    title: '登记办理结果',
    hint: '登记到期最早的批示、整改、上级交办或督查的办理结果，其时限随之了结。',
    label: '办理结果',
    done: '已登记办理结果',
    finishes: false,
    act: (result, incident) => ({ do: 'conclude', record: openRecord(incident)?.kind, result }),
    fits: (incident) => may('conclude')(incident) && openRecord(incident) !== undefined,
  },
  no_public_response: {
    name: '不予公开回应',
    title: '不予公开回应',
    hint: '各项时限随之取消。曾建议或定为较大以上的，须第二人复核后生效。',
    done: '已列为不予公开回应',
    finishes: true,
    act: (reason) => ({ do: 'dispose', how: 'no_public_response', reason }),
    fits: may('dispose'),
  },
  raise: {
    name: '提级',
    title: '提级',
    hint: '由上一级管辖，此后按上一级的值班表提醒；时限不变。',
    done: '已提级',
    finishes: false,
    act: (reason) => ({ do: 'raise', reason }),
    fits: (incident) => may('raise')(incident) && incident.jurisdiction !== 'xuancheng',
  },
  reopen: {
    name: '重新办理',
    title: '重新办理',
    hint: '从现在起计算新一轮的回应时限；以前的结论不变。',
    done: '已重新办理',
    finishes: false,
    act: (reason) => ({ do: 'reopen', because: 'judgement', reason }),
    fits: may('reopen'),
  },
}

/** Those that stand behind “更多”, in order; the others have buttons of their own. */
const BEHIND_MORE: ReasonedId[] = ['conclude', 'close', 'no_public_response', 'raise', 'reopen']

/** What “更多” offers for a case. */
export function more(incident: IncidentDetail): { id: ReasonedId; name: string }[] {
  return BEHIND_MORE.filter((id) => reasoned[id].fits(incident)).map((id) => ({ id, name: reasoned[id].name }))
}
