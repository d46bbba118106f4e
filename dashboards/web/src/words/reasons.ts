/** What a proposal rests on, in words: the service's own, with ids put into names. */
import type { Reason } from '@/api/types'

type Name = (id: string) => string

const subjects: Record<string, string> = {
  event_grade: '事件等级',
  sensitive: '敏感',
  topic: '主题',
  rumour: '谣言迹象',
  region: '地区',
  request: '诉求',
  category: '领域',
  sentiment: '情感',
  emotion: '情绪',
}
/** Those that a grade rests on come first. */
const order = Object.keys(subjects)

const ID_OF_TOPIC = /（[a-z0-9_-]+）(?=：)/

const afterColon = (why: string) => why.slice(why.indexOf('：') + 1)

/** A reason as a subject and a sentence. */
export function reasonWords(reason: Reason, regionName: Name): { subject: string; words: string } {
  const subject = subjects[reason.of] ?? reason.of
  const [id = ''] = reason.why.split('：', 1)
  switch (reason.of) {
    case 'topic':
      return { subject, words: reason.why.replace(ID_OF_TOPIC, '') }
    case 'region':
      return { subject, words: `${regionName(id)}：${afterColon(reason.why)}` }
    default:
      // A figure would claim more than it knows; the words behind it tell why.
      return { subject, words: reason.why.replace(/（得分[^）]*）/, '') }
  }
}

/** The weightiest first. */
export function ordered(reasons: readonly Reason[]): Reason[] {
  const place = (reason: Reason) => (order.includes(reason.of) ? order.indexOf(reason.of) : order.length)
  return [...reasons].sort((a, b) => place(a) - place(b))
}

/** The words of the text by which it was judged, single characters apart: matched topics and signals, and what an event's grade quotes. */
export function decidingWords(reasons: readonly Reason[]): string[] {
  return reasons.flatMap((reason) => {
    if (reason.of === 'topic' || reason.of === 'sensitive') return afterColon(reason.why).split('、').filter((word) => [...word].length > 1)
    return reason.of === 'event_grade' ? [...reason.why.matchAll(/“([^”]{1,30})”/g)].map((found) => found[1]!) : []
  })
}
