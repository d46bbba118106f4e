/** The types of `/api/v1` by the names that pages use; `npm run api` generates `generated/schema.d.ts` from the running service. */
import type { components } from '../../generated/schema'

type Schemas = components['schemas']

export type Grade = Schemas['Grade']
export type Role = Schemas['Role']
export type RoleId = Role['role']
export type Reason = Schemas['Reason']

/** A page of a list; `next` is the cursor of the following one. */
export interface Page<T> {
  items: T[]
  next: string | null
}

export type Me = Schemas['Me']
export type ServiceTime = Schemas['Time']

/** 时限 */
export type ClockView = Schemas['ClockView']

/** A clock with the time at which a publication is planned that would meet it, while nobody has confirmed it. */
export interface PlannedClock extends ClockView {
  planned_at?: string
}

/** A clock of the overview, with the case that it belongs to. */
export type RunningClock = Schemas['Running']
export type Grading = Required<Schemas['Grading']>
export type IncidentSummary = Schemas['IncidentSummary']
export type Task = Schemas['TaskView']
export type Publication = Schemas['PublicationView']
export type Told = Schemas['Told']

export type IncidentDetail = Omit<Schemas['IncidentDetail'], 'proposal' | 'grading'> & {
  proposal: Grading
  grading?: (Schemas['GradingView'] & Grading) | null
}

export type MentionView = Schemas['MentionView']

/** One row of the ledger (台账 and history): its keys are those of the event. */
export interface LedgerRow {
  at: string
  effective_at?: string
  event: string
  by?: string
  by_name?: string
  /** Number of the event. */
  seq?: number
  to_names?: string
  [key: string]: unknown
}

export type Overview = Schemas['Overview']
/** What was said over a day or a week. */
export type Volume = Schemas['Volume']
/** How what runs stands now. */
export type Standing = Schemas['StandingNow']
/** A case over time. */
export type CasePicture = Schemas['CasePicture']
export type HeatPoint = Schemas['HeatView']
/** A verdict of the analysis, and what a person put in its place. */
export type JudgedVerdict = Schemas['JudgedVerdict']
/** Whether the service can work and keeps its clocks. */
export type Readiness = Schemas['Readiness']
/** An official post with the clock of each account. */
export type OfficialPost = Schemas['PostView']
/** What registers an official post. */
export type PostAsked = Schemas['PostAsked']
/** What registering one did. */
export interface PostActed {
  post: string
  rows: LedgerRow[]
}
/** A case that went up to leadership. */
export type EscalationCard = Schemas['Card']
export type Notification = Schemas['Notification']
export type Notifications = Schemas['Notifications']
export type Delivery = Schemas['Delivery']
export type Body = Schemas['Body']
export type Policy = Schemas['PolicyView']
export type Topic = Schemas['TopicView']
export type Roster = Schemas['Duty']
export type Duty = Schemas['DutyView']
export type Region = Schemas['RegionView']
export type SourceRow = Schemas['Source']
export type Reject = Schemas['Reject']
export type UserRow = Schemas['UserView']
/** A user, and the password that was made for them: told this once. */
export type UserWithPassword = Schemas['UserWithPassword']

/** What one may do to an incident: an act of the contract without `at`, `incident` and `by`. */
export interface Act {
  do: string
  [key: string]: unknown
}

/** One mention as a referral sealed it. */
export type Evidence = Omit<Schemas['EvidenceView'], 'sealed'> & {
  sealed: { title?: string | null; text: string; url?: string | null; channel: string; source?: string | null; author?: string | null; published_at?: string | null; detected_at: string }
}

/** Somebody who has a case open. */
export type Present = Schemas['Present']
/** What waits for a second person, with its case. */
export type Approval = Schemas['WaitingView']
/** A row of the ledger's list. */
export type LedgerEntry = Schemas['LedgerEntry']
export type Scorecard = Schemas['ScorecardView']
export type BodyScore = Schemas['BodyScore']
export type RecordEvent = Omit<Schemas['EventView'], 'body'> & { body: Record<string, unknown> }
export type RecordStanding = Schemas['RecordStanding']

export interface Acted {
  incident: string
  version: number
  rows: LedgerRow[]
}

/** What is wrong with a rule file: where, what, and what to do about it. */
export type RuleError = Schemas['RuleError']
export type RuleFileList = Schemas['RuleFileList']
export type RuleFile = Schemas['RuleFile']
export type RuleText = Schemas['RuleText']
export type RuleVersion = Schemas['RuleVersion']
export type SaveRule = Schemas['SaveText']
/** What a page asks the engine to do, and what came of it. */
export type Errand = Schemas['Errand']
export type ErrandView = Schemas['ErrandView']
export type ErrandResult = NonNullable<ErrandView['result']>
export type BacktestRow = Schemas['BacktestRow']
export type WholeRoster = Schemas['RosterView']
export type RosterHolder = Schemas['RosterHolder']
export type NoticeChannel = Schemas['ChannelView']
