/** Every call that a page makes, by name. */
import { addressOf, api, ready } from './client'
import type {
  Act,
  Acted,
  Approval,
  Body,
  CasePicture,
  Delivery,
  Errand,
  ErrandView,
  EscalationCard,
  Evidence,
  HeatPoint,
  IncidentDetail,
  IncidentSummary,
  LedgerEntry,
  JudgedVerdict,
  LedgerRow,
  Me,
  MentionView,
  NoticeChannel,
  Notifications,
  OfficialPost,
  Overview,
  Page,
  Policy,
  PostActed,
  PostAsked,
  Present,
  Readiness,
  RecordEvent,
  RecordStanding,
  Region,
  Reject,
  Role,
  Roster,
  RuleError,
  RuleFileList,
  RuleText,
  RuleVersion,
  SaveRule,
  RunningClock,
  Scorecard,
  ServiceTime,
  SourceRow,
  Standing,
  Topic,
  UserRow,
  UserWithPassword,
  WholeRoster,
  Volume,
} from './types'

export interface IncidentQuery {
  view?: string
  region?: string
  department?: string
  channel?: string
  at_least?: string
  sensitive?: string
  q?: string
  cursor?: string
  limit?: number
}

/** Which rows of the ledger. */
export interface LedgerQuery extends IncidentQuery {
  from?: string
  to?: string
  verdict?: string
  category?: string
}

/** Which events of the record. */
export interface RecordQuery {
  incident?: string
  event?: string
  actor?: string
  from?: string
  to?: string
  cursor?: string
}

export interface MentionQuery {
  q?: string
  region?: string
  channel?: string
  source?: string
  unanswered?: boolean
  letters?: string
  cursor?: string
}

/** Most items that the service gives in one page. */
const PAGE_ITEMS_MAX = 200
/** Pages after which a list that is wanted whole is taken to have no end. */
const PAGES_MAX = 50

/** All pages of a list that is short enough to be shown whole. */
async function every<T>(ask: (cursor?: string) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = []
  let cursor: string | undefined
  for (let n = 0; n < PAGES_MAX; n += 1) {
    const page = await ask(cursor)
    all.push(...page.items)
    if (!page.next) break
    cursor = page.next
  }
  return all
}

/** A list that is told whole. */
const whole = async <T>(page: Promise<Page<T>>) => (await page).items

const id = encodeURIComponent

export const signIn = (user: string, password: string) => api.post<Me>('/session', { user, password })
export const signOut = () => api.delete<void>('/session')
export const changePassword = (old: string, fresh: string) => api.put<void>('/session/password', { old, new: fresh })
export const me = () => api.get<Me>('/session')
export const time = () => api.get<ServiceTime>('/time')
export const readiness = (signal?: AbortSignal) => ready<Readiness>(signal)
export const overview = (signal?: AbortSignal) => api.get<Overview>('/overview', undefined, signal)

export const volume = (over: 'day' | 'week', signal?: AbortSignal) => api.get<Volume>('/overview/volume', { over }, signal)
export const standing = (signal?: AbortSignal) => api.get<Standing>('/overview/standing', undefined, signal)

export const incidents = (query: IncidentQuery, signal?: AbortSignal) =>
  api.get<Page<IncidentSummary>>('/incidents', { ...query }, signal)
export const incident = (key: string, signal?: AbortSignal) =>
  api.get<IncidentDetail>(`/incidents/${id(key)}`, undefined, signal)
export const incidentMentions = (key: string, cursor?: string, signal?: AbortSignal) =>
  api.get<Page<MentionView>>(`/incidents/${id(key)}/mentions`, { cursor }, signal)
export const incidentHistory = (key: string, signal?: AbortSignal) =>
  api.get<LedgerRow[]>(`/incidents/${id(key)}/history`, undefined, signal)
export const act = (key: string, what: Act, version?: number) =>
  api.post<Acted>(`/incidents/${id(key)}/acts`, version === undefined ? what : { ...what, version })

/** Says what I do with a case; tells who else has it open. */
export const present = (key: string, doing: Present['doing']) => api.post<{ people: Present[] }>(`/incidents/${id(key)}/presence`, { doing })
/** What waits for a second person and is mine to decide, or was asked by me. */
export const approvals = async (signal?: AbortSignal) => (await api.get<Page<Approval>>('/approvals', undefined, signal)).items

/** Open clocks of what was asked of a body, or of consultations to be convened. */
export const pressing = (what: 'asked' | 'consultation', signal?: AbortSignal) => whole(api.get<Page<RunningClock>>('/clocks', { what }, signal))

export const ledger = (query: LedgerQuery, signal?: AbortSignal) => api.get<Page<LedgerEntry>>('/ledger', { ...query }, signal)
/** Where exactly the rows of a filter are to be had as a file. */
export const ledgerFile = (query: LedgerQuery, format: 'xlsx' | 'csv', filter: string) => addressOf('/ledger/export', { ...query, format, filter })
export const scorecard = (query: { from?: string; to?: string }, signal?: AbortSignal) => api.get<Scorecard>('/scorecard', { ...query }, signal)

export const record = (query: RecordQuery, signal?: AbortSignal) => api.get<Page<RecordEvent>>('/record', { ...query }, signal)
export const recordStanding = (signal?: AbortSignal) => api.get<RecordStanding>('/record/standing', undefined, signal)
export const checkRecord = () => api.post<void>('/record/check')
/** Fine enough to tell the first looks apart, minutes. */
const HEAT_STEP_MINUTES = 15
export const caseHeat = (key: string, signal?: AbortSignal) => api.get<HeatPoint[]>(`/incidents/${id(key)}/engagement`, { step_minutes: HEAT_STEP_MINUTES }, signal)
export const casePicture = (key: string, signal?: AbortSignal) => api.get<CasePicture>(`/incidents/${id(key)}/picture`, undefined, signal)
export const judged = (key: string, signal?: AbortSignal) => api.get<JudgedVerdict[]>(`/incidents/${id(key)}/corrections`, undefined, signal)
export const correct = (key: string, what: JudgedVerdict['what'], should: string) => api.post<void>(`/incidents/${id(key)}/corrections`, { what, should })

/** Opens what a referral sealed; the look is recorded. */
export const evidence = (key: string, record: string) => api.post<Evidence[]>(`/incidents/${id(key)}/evidence`, { record })

export const mentions = (query: MentionQuery, signal?: AbortSignal) =>
  api.get<Page<MentionView>>('/mentions', { ...query }, signal)

/** Official posts from a day on, `YYYY-MM-DD` in Beijing. */
export const posts = (from: string, signal?: AbortSignal) => every((cursor) => api.get<Page<OfficialPost>>('/posts', { from, cursor, limit: PAGE_ITEMS_MAX }, signal))
export const publish = (post: PostAsked) => api.post<PostActed>('/posts', post)
export const repost = (key: string, account: string, at?: string) => api.post<PostActed>(`/posts/${id(key)}/reposts`, { account, effective_at: at })

export const escalations = (mine: boolean, signal?: AbortSignal) =>
  whole(api.get<Page<EscalationCard>>('/escalations', { mine: mine ? 1 : undefined }, signal))

export const notifications = (cursor?: string, signal?: AbortSignal) =>
  api.get<Notifications>('/notifications', { cursor }, signal)
export const markRead = (key: string) => api.post<void>(`/notifications/${id(key)}/read`)

export const deliveries = (standing: 'failed' | 'waiting', cursor?: string, signal?: AbortSignal) =>
  api.get<Page<Delivery>>('/deliveries', { standing, cursor }, signal)
export const retryDelivery = (key: string) => api.post<void>(`/deliveries/${id(key)}/retry`)

export const bodies = () => whole(api.get<Page<Body>>('/bodies'))
export const regions = () => whole(api.get<Page<Region>>('/regions'))
export const roster = (signal?: AbortSignal) => api.get<Roster>('/roster', undefined, signal)
export const policies = (signal?: AbortSignal) => whole(api.get<Page<Policy>>('/policies', undefined, signal))
export const topics = (signal?: AbortSignal) => whole(api.get<Page<Topic>>('/topics', undefined, signal))
export const sources = (signal?: AbortSignal) => whole(api.get<Page<SourceRow>>('/sources', undefined, signal))
export const rejects = (cursor?: string, signal?: AbortSignal) => api.get<Page<Reject>>('/rejects', { cursor }, signal)

export const ruleFiles = (signal?: AbortSignal) => api.get<RuleFileList>('/rule-files', undefined, signal)
export const ruleText = (file: string, signal?: AbortSignal) => api.get<RuleText>('/rule-files/text', { file }, signal)
export const checkRule = (file: string, text: string | null) => api.post<{ errors: RuleError[] }>('/rule-files/check', { file, text })
export const saveRule = (what: SaveRule) => api.put<{ hash: string | null; in_force: boolean; wrong: RuleError[] }>('/rule-files/text', what)
export const ruleVersions = async (file: string, cursor?: string, signal?: AbortSignal) => {
  const page = await api.get<Page<RuleVersion>>('/rule-files/versions', { file, cursor }, signal)
  return { ...page, items: page.items.map((row) => ({ ...row, id: row.n })) }
}
export const ruleVersion = (n: number) => api.get<RuleVersion>(`/rule-files/versions/${n}`)
export const askErrand = (errand: Errand) => api.post<ErrandView>('/errands', { errand })
export const errand = (key: string) => api.get<ErrandView>(`/errands/${id(key)}`)
export const rosters = (signal?: AbortSignal) => whole(api.get<Page<WholeRoster>>('/rosters', undefined, signal))
export const channels = (signal?: AbortSignal) => whole(api.get<Page<NoticeChannel>>('/channels', undefined, signal))
export const passwordEstimate = (password: string, known: string[]) => api.post<{ score: number; refused: string | null }>('/password-estimates', { password, known })

export const users = (signal?: AbortSignal) => every((cursor) => api.get<Page<UserRow>>('/users', { cursor, limit: PAGE_ITEMS_MAX }, signal))
export const addUser = (user: { user: string; name: string; roles: Role[]; password?: string }) =>
  api.post<UserWithPassword>('/users', user)
export const changeUser = (key: string, change: { name?: string; active?: boolean; roles?: Role[]; reset_password?: boolean }) =>
  api.patch<UserWithPassword>(`/users/${id(key)}`, change)
