/** What `/api/v1` speaks. Kept beside `schema.ts`, which `npm run api` generates from the running service. */

export type Grade = 'none' | 'general' | 'large' | 'major' | 'extraordinary'
export type RoleId = 'analyst' | 'department' | 'publicity' | 'supervision' | 'leader' | 'auditor' | 'admin'
export type Channel = 'news' | 'site' | 'weibo' | 'wechat' | 'forum' | 'board' | 'hotline' | 'video' | 'other'
export type Tier = 'department' | 'duty_desk' | 'office_director' | 'deputy' | 'principal' | 'coordination'
export type Force = 'statutory' | 'target' | 'internal'

/** A page of a list; `next` is the cursor of the following one. */
export interface Page<T> {
  items: T[]
  next?: string | null
}

export interface Role {
  role: RoleId
  body?: string | null
  head?: boolean
  portfolio?: string[]
}

export interface Me {
  user: string
  name: string
  roles: Role[]
  csrf: string
  /** The password was given by someone else and shall be changed. */
  must_change?: boolean
}

export interface ServiceTime {
  now: string
  speed: number
  drill: boolean
}

export type ClockState =
  | 'running'
  | 'met'
  | 'breached'
  | 'ended_late'
  | 'superseded'
  | 'cancelled'
  | 'corrected'
  | 'refuted'

/** 时限 */
export interface ClockView {
  id: string
  kind: string
  department?: string | null
  account?: string | null
  anchor_at: string
  due_at: string
  force: Force
  clause: string
  state: ClockState
  breached: boolean
  operational: boolean
  percent_used: number
  trace: string[]
  /** When the act came that ended it. */
  ended_at?: string | null
  /** A publication is planned that would meet it, and nobody has confirmed it yet. */
  planned_at?: string | null
}

/** A clock of the overview, with the case that it belongs to. */
export interface RunningClock extends ClockView {
  incident?: string | null
  title: string
}

export interface Grading {
  event_grade: Grade
  opinion_grade: Grade
  sensitive: boolean
}

export interface IncidentSummary extends Grading {
  id: string
  version: number
  title: string
  region?: string | null
  jurisdiction?: string | null
  state: string
  graded: boolean
  lead?: string | null
  supporting: string[]
  mention_count: number
  channels: string[]
  detected_at: string
  updated_at: string
  /** Open ones, in a list; all, on the page of a case. */
  clocks: ClockView[]
  /** By which the case is judged: the latest main clock that nothing replaced, open or ended. */
  main_clock?: ClockView | null
  pending_approvals: number
}

export interface Reason {
  of: string
  why: string
}

export interface DepartmentScore {
  id: string
  name?: string
  score: number
  why: string[]
}

export interface Task {
  department: string
  name?: string
  role: 'lead' | 'supporting'
  state: 'assigned' | 'acknowledged' | 'returned' | 'answered' | string
  auto: boolean
  assigned_at: string
  acknowledged_at?: string | null
  answered_at?: string | null
}

export interface Custody {
  holder: string
  from: string
  to?: string | null
}

export interface Publication {
  kind: string
  department: string
  effective_at: string
  recorded_at?: string
  url?: string | null
  planned?: boolean
  held?: boolean
  pending?: boolean
  reviewed?: boolean
}

export interface Approval {
  what: string
  by: string
  at: string
  detail?: string | null
}

export interface Told {
  tier: Tier
  jurisdiction: string
  /** Names of those who were told. */
  to: string | string[]
  at: string
  step?: string | null
  clock?: string | null
  /** Overtaken and not sent. */
  skipped?: boolean
  received?: string | null
}

export interface IncidentDetail extends IncidentSummary {
  summary?: string | null
  proposal: Grading
  proposal_reasons: Reason[]
  grading?: (Grading & { by?: string; reason?: string; at?: string }) | null
  departments: DepartmentScore[]
  tasks: Task[]
  custody: Custody[]
  publications: Publication[]
  approvals: Approval[]
  told: Told[]
  allowed: string[]
}

export interface MentionView {
  id: string
  source?: string | null
  url?: string | null
  channel: string
  title?: string | null
  text: string
  published_at?: string | null
  detected_at: string
  region?: string | null
  incident?: string | null
  /** Too old to open a case. */
  backfill?: boolean
  /** Why it stands where it stands, in words. */
  placed?: string | null
  analysis?: { sentiment: string; keywords: { word: string; weight: number }[] } | null
  reply_due_at?: string | null
  answered_at?: string | null
  engagement?: { views?: number; reposts?: number; comments?: number; likes?: number } | null
}

/** One row of the ledger (台账 and history). */
export interface LedgerRow {
  at: string
  effective_at?: string
  event: string
  by?: string
  [key: string]: unknown
}

export interface SourceCounts {
  ok: number
  empty: number
  failing: number
  stale: number
  /** Never collected yet. */
  new: number
}

export interface Overview {
  overdue: number
  due_in_2h: number
  major: number
  to_triage: number
  open: number
  today_mentions: number
  /** Waiting for analysis. */
  pending_mentions: number
  /** Notices that no channel has accepted yet. */
  undelivered: number
  sources: SourceCounts
  last_collected_at?: string | null
  running: RunningClock[]
  setup: { rules_loaded: boolean; sources_configured: number; mentions: number; users: number }
}

/** A case that went up to leadership. */
export interface EscalationCard extends Grading {
  incident: string
  title: string
  region?: string | null
  state: string
  /** The highest tier that was told. */
  tier: Tier
  /** The clock whose ladder told it last. */
  clock?: string | null
  /** When the case's main clock is due, while it is open. */
  due_at?: string | null
  overdue: boolean
  /** When it first went up. */
  since: string
  whose: { body: string; name: string; phone?: string | null }
  told: Told[]
  received?: string | null
}

export interface Notification {
  id: string
  incident?: string | null
  /** The case's title. */
  title?: string | null
  kind: string
  text: string
  created_at: string
  read_at?: string | null
}

export interface Body {
  id: string
  name: string
  aliases: string[]
  level: string
  parent: string
  kind: string
  region: string
  duties: string[]
  contacts: { role: string; phone: string }[]
  /** What makes it responsible. */
  why: string
}

/** 时限政策 */
export interface Policy {
  id: string
  version: number
  name: string
  why: string
  region: string
  /** Taken for its region where several name it. */
  default: boolean
  active: boolean
  clocks: {
    kind: string
    name: string
    at_least?: Grade | null
    length: string
    force: Force
    met_by: string[]
    warn: number[]
    ladder: string
    clause: string
  }[]
  ladders: Record<string, { at: string; tier: Tier }[]>
}

/** 关注主题 */
export interface Topic {
  id: string
  name: string
  why: string
  when: string
  lead?: string | null
  supporting: string[]
  noteworthy: boolean
  letters: boolean
  sensitive: boolean
  response_priority?: string | null
}

/** Who holds a tier of a jurisdiction today. */
export interface Duty {
  jurisdiction: string
  tier: Tier
  /** The jurisdiction's own roster has nobody: these are its parent's. */
  inherited: boolean
  holders: { id: string; name: string; phone?: string | null }[]
}

/** The roster of an instant. */
export interface Roster {
  at: string
  items: Duty[]
}

export interface Region {
  id: string
  name: string
}

export interface SourceRow {
  id: string
  name?: string | null
  kind?: string | null
  url?: string | null
  channel?: string | null
  health: 'ok' | 'empty' | 'failing' | 'stale' | 'new' | string
  message?: string | null
  last_run_at?: string | null
  last_ok_at?: string | null
  last_new_at?: string | null
  next_run_at?: string | null
  failures: number
  /** Mentions that it gave so far. */
  new_count: number
}

export interface UserRow {
  user: string
  name: string
  roles: Role[]
  active: boolean
}

/** A user, and the password that was made for them: told this once. */
export interface UserWithPassword extends UserRow {
  password?: string | null
}

/** What one may do to an incident: an act of the contract without `at`, `incident` and `by`. */
export interface Act {
  do: string
  [key: string]: unknown
}

export interface Acted {
  incident: string
  version: number
  rows: LedgerRow[]
}
