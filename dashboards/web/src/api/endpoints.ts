/** Every call that a page makes, by name. */
import { api } from './client'
import type {
  Act,
  Acted,
  Body,
  EscalationCard,
  IncidentDetail,
  IncidentSummary,
  LedgerRow,
  Me,
  MentionView,
  Notification,
  Overview,
  Page,
  Policy,
  Region,
  Role,
  Roster,
  ServiceTime,
  SourceRow,
  Topic,
  UserRow,
  UserWithPassword,
} from './types'

export interface IncidentQuery {
  view?: string
  region?: string
  department?: string
  channel?: string
  q?: string
  cursor?: string
  limit?: number
}

export interface MentionQuery {
  q?: string
  region?: string
  channel?: string
  source?: string
  unanswered?: boolean
  cursor?: string
}

/** Lists come as `{items, next}`; small ones may come as a bare array. */
function items<T>(answer: Page<T> | T[]): T[] {
  return Array.isArray(answer) ? answer : answer.items
}

const id = encodeURIComponent

export const signIn = (user: string, password: string) => api.post<Me>('/session', { user, password })
export const signOut = () => api.delete<void>('/session')
export const changePassword = (old: string, fresh: string) => api.put<void>('/session/password', { old, new: fresh })
export const me = () => api.get<Me>('/session')
export const time = () => api.get<ServiceTime>('/time')
export const overview = (signal?: AbortSignal) => api.get<Overview>('/overview', undefined, signal)

export const incidents = (query: IncidentQuery, signal?: AbortSignal) =>
  api.get<Page<IncidentSummary>>('/incidents', { ...query }, signal)
export const incident = (key: string, signal?: AbortSignal) =>
  api.get<IncidentDetail>(`/incidents/${id(key)}`, undefined, signal)
export const incidentMentions = (key: string, cursor?: string, signal?: AbortSignal) =>
  api.get<Page<MentionView>>(`/incidents/${id(key)}/mentions`, { cursor }, signal)
export const incidentHistory = async (key: string, signal?: AbortSignal) =>
  items(await api.get<Page<LedgerRow> | LedgerRow[]>(`/incidents/${id(key)}/history`, undefined, signal))
export const act = (key: string, what: Act, version?: number) =>
  api.post<Acted>(`/incidents/${id(key)}/acts`, version === undefined ? what : { ...what, version })

export const mentions = (query: MentionQuery, signal?: AbortSignal) =>
  api.get<Page<MentionView>>('/mentions', { ...query }, signal)

export const escalations = async (mine: boolean, signal?: AbortSignal) =>
  items(await api.get<Page<EscalationCard> | EscalationCard[]>('/escalations', { mine: mine ? 1 : undefined }, signal))

export const notifications = (cursor?: string, signal?: AbortSignal) =>
  api.get<Page<Notification> & { unread: number }>('/notifications', { cursor }, signal)
export const markRead = (key: string) => api.post<void>(`/notifications/${id(key)}/read`)

export const bodies = async () => items(await api.get<Page<Body> | Body[]>('/bodies'))
export const regions = async () => items(await api.get<Page<Region> | Region[]>('/regions'))
export const roster = (signal?: AbortSignal) => api.get<Roster>('/roster', undefined, signal)
export const policies = async (signal?: AbortSignal) => items(await api.get<Page<Policy>>('/policies', undefined, signal))
export const topics = async (signal?: AbortSignal) => items(await api.get<Page<Topic>>('/topics', undefined, signal))
export const sources = async (signal?: AbortSignal) =>
  items(await api.get<Page<SourceRow> | SourceRow[]>('/sources', undefined, signal))

export const users = async (signal?: AbortSignal) =>
  items(await api.get<Page<UserRow> | UserRow[]>('/users', undefined, signal))
export const addUser = (user: { user: string; name: string; roles: Role[] }) =>
  api.post<UserWithPassword>('/users', user)
export const changeUser = (key: string, change: { name?: string; active?: boolean; roles?: Role[]; reset_password?: boolean }) =>
  api.patch<UserWithPassword>(`/users/${id(key)}`, change)
