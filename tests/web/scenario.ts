/** Drills written for these tests; no real person, no real event. */

const START = Date.parse('2026-05-11T09:00:00+08:00')
const MINUTE_MS = 60_000

/** An instant of the drill. */
export function at(minutes: number): string {
  const beijing = new Date(START + minutes * MINUTE_MS + 8 * 60 * MINUTE_MS)
  return beijing.toISOString().replace(/\.\d{3}Z$/, '+08:00')
}

/** Long on purpose: titles of real posts are, and a phone has 390 pixels. */
export const lateTitle =
  '宣州区某化工园区夜间传出爆燃声并有浓烟，网民称“有十余人送医”，周边三个村的村民连夜转移到镇中学操场，家长群流传次日停课的消息，多个账号追问监测数据何时公布'
export const answeredTitle = '泾县路口红绿灯坏了一周没人修，接孩子的家长自己站到路中间指挥'
export const arrivingTitle = '小区顶楼漏水两个月，报修十几次没有下文'

/** A case that nobody answers, one that the department will answer, and one that arrives while somebody looks. */
export function drill(department: string, arrivesAfterMinutes: number): object[] {
  return [
    { do: 'setup', policy: 'xuancheng-2016', auto_assign: false },
    {
      at: at(0),
      do: 'mention',
      label: 'LATE',
      channel: 'forum',
      title: lateTitle,
      text: `${lateTitle}。空气里有刺鼻的味道，老人和孩子在操场上站了一夜，希望尽快公布监测数据，不要让大家靠猜。`,
      region: 'xuanzhou',
      proposal: { event_grade: 'major', opinion_grade: 'major', sensitive: true },
    },
    { at: at(0), do: 'assign', incident: '@LATE', department, role: 'lead' },
    {
      at: at(1),
      do: 'mention',
      label: 'ANSWERED',
      channel: 'weibo',
      title: answeredTitle,
      text: `${answeredTitle}，希望有关部门尽快来修。`,
      region: 'jingxian',
      proposal: {},
    },
    { at: at(1), do: 'assign', incident: '@ANSWERED', department, role: 'lead' },
    {
      at: at(arrivesAfterMinutes),
      do: 'mention',
      label: 'ARRIVING',
      channel: 'board',
      title: arrivingTitle,
      text: `${arrivingTitle}，墙皮都掉下来了。`,
      proposal: {},
    },
  ]
}

export const joinedTitle = '村里的空气还是呛人，孩子今天上不上学没人说'

/** The same, with what calls for records: a graded case of two mentions, where a conference is planned for soon. */
export function recordsDrill(department: string): object[] {
  return [
    ...drill(department, 2),
    { at: at(2), do: 'mention', label: 'LATE', channel: 'weibo', title: joinedTitle, text: `${joinedTitle}，问了三个群都没有答复。`, region: 'xuanzhou' },
    { at: at(2), do: 'grade', incident: '@LATE', by: 'analyst2', event_grade: 'major', opinion_grade: 'major', sensitive: true, reason: '经与应急部门核实，送医十一人' },
    { at: at(2), do: 'respond', incident: '@LATE', by: department, kind: 'press_conference', effective_at: at(4), review: true },
  ]
}

/** The same, with official posts: one from so long ago that its repost on Weibo is overdue, and one of now. */
export function postsDrill(department: string): object[] {
  return [
    ...drill(department, 2),
    { at: at(2), do: 'city_post', post: '@OLD', concerns: [department, 'housing'], effective_at: at(-90) },
    { at: at(2), do: 'city_post', post: '@NEW', concerns: [department] },
  ]
}

/** The same, with copies of the first post on other platforms. */
export function copiesDrill(department: string): object[] {
  const [setup, late, ...rest] = drill(department, 600)
  const text = String((late as { text: string }).text)
  const copy = (minutes: number, channel: string, before: string) => ({ at: at(minutes), do: 'mention', label: 'LATE', channel, text: `${before}${text}`, region: 'xuanzhou' })
  return [setup, late, ...rest.slice(0, 1), copy(1, 'weibo', '转：'), copy(1, 'wechat', '扩散：'), ...rest.slice(1)].filter((line) => line !== undefined)
}

/** A post that was looked at four times while it spread, and the answer between the second look and the third. */
export function spreadDrill(department: string): object[] {
  const [setup, late, assigned] = drill(department, 600)
  const url = 'https://bbs.example.com/thread/1'
  const look = (minutes: number, views: number, reposts: number, comments: number) => ({ ...late, at: at(minutes), url, engagement: { views, reposts, comments } })
  return [
    setup,
    look(0, 1_200, 3, 10),
    assigned,
    look(120, 42_000, 180, 260),
    { at: at(180), do: 'respond', incident: '@LATE', by: department, kind: 'response', url: 'https://www.example.gov.cn/notice/9', review: true },
    look(360, 51_000, 210, 300),
    look(720, 52_500, 212, 311),
  ].filter((line) => line !== undefined)
}

/** As many cases of one post each, so that lists have pages. */
export function manyDrill(count: number): object[] {
  const cases = Array.from({ length: count }, (_, n) => {
    const title = `第${n + 1}街坊的路灯坏了，晚上出门要打手电`
    return { at: at(0), do: 'mention', label: `C${n}`, channel: 'board', title, text: `${title}，报修后没有人来。`, region: 'xuanzhou', proposal: {} }
  })
  return [{ do: 'setup', policy: 'xuancheng-2016', auto_assign: false }, ...cases]
}
