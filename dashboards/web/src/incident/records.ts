/** Records around a case (会商、批示、整改、交办、督查、移交), folded from its history: the service tells no list of them. */
import type { ClockView, LedgerRow } from '@/api/types'
import { rolesOf } from '@/acts/table'
import { isOpen } from '@/clock/words'

/** How a row opens a record: what it is, and which of its keys say what it is about. */
interface Opening {
  kind: string
  /** What its `department` is to it. */
  whom?: string
  /** Keys of texts with the names that they go by; one that is no key of its own is the record's text. */
  texts: readonly (readonly [key: string, name: string])[]
}

const openings: Record<string, Opening> = {
  supervision_opened: { kind: 'supervision', texts: [['reason', '事由']] },
  instructed: { kind: 'instruction', whom: '交由', texts: [['text', '内容']] },
  rectification_set: { kind: 'rectification', whom: '整改单位', texts: [['text', '要求']] },
  ordered: { kind: 'order', whom: '交由', texts: [['text', '内容']] },
  supervision_proposed: { kind: 'supervision', texts: [['reason', '事由']] },
  referral_proposed: { kind: 'referral', texts: [] },
  circulated: { kind: 'circular', whom: '通报单位', texts: [['reason', '事由']] },
  talked: { kind: 'talk', whom: '约谈单位', texts: [['about', '事项'], ['result', '结果']] },
  consulted: { kind: 'consultation', texts: [['nature', '事件性质'], ['trend', '舆情走势'], ['risk', '可能的风险'], ['proposal', '处置建议']] },
}

/** Who may look at what a referral sealed: an act that no page is told of by `allowed`. */
export const mayLook = rolesOf('look_at_referral')

const watching: Opening = { kind: 'watch', texts: [['reason', '理由']] }

/** `due`: asked for and not opened yet; `waiting`: for a second person; `approved`: and not handed over yet; `noted`: with nothing owed. */
export type RecordState = 'due' | 'noted' | 'open' | 'waiting' | 'approved' | 'rejected' | 'done'

export interface CaseRecord {
  kind: string
  id: string
  state: RecordState
  /** What it is about, in one text. */
  text: string
  /** The same by parts, where there are several. */
  parts: { name: string; text: string }[]
  at: string
  by: string
  /** 批示领导 or 交办机关, where that is not whoever recorded it. */
  leader?: string
  /** Addressee, and what it is to the record. */
  department?: string
  whom?: string
  /** To whom a referral goes. */
  to: string[]
  due_at?: string
  clock?: ClockView
  /** When somebody was reminded of it, and how: by a warning or on the ladder. */
  reminders: { at: string; event: string; tier?: string; threshold?: number }[]
  result?: { text: string; at: string; by: string; url?: string }
}

const said = (row: LedgerRow, key: string) => (typeof row[key] === 'string' ? (row[key] as string) : undefined)
const author = (row: LedgerRow) => (row.by === 'system' ? '系统' : (row.by_name ?? row.by ?? ''))

/** Where a record stands when it was just opened. */
function standing(row: LedgerRow): RecordState {
  if (row.event === 'supervision_proposed') return 'due'
  if (row.event === 'referral_proposed') return 'waiting'
  if (['consulted', 'circulated', 'talked'].includes(row.event)) return 'done'
  return row.event === 'disposed' ? 'noted' : 'open'
}

function opened(row: LedgerRow, opening: Opening, number: number): CaseRecord {
  const parts = opening.texts.flatMap(([key, name]) => (said(row, key) ? [{ name, text: said(row, key)! }] : []))
  const to = Array.isArray(row.to) ? row.to.map(String) : []
  return {
    kind: opening.kind,
    id: said(row, 'record') ?? `${opening.kind}-${number}`,
    state: standing(row),
    text: parts.map((part) => part.text).join('；'),
    parts,
    at: said(row, 'given_at') ?? row.effective_at ?? row.at,
    by: author(row),
    leader: said(row, 'leader'),
    department: said(row, 'department'),
    whom: opening.whom,
    to,
    due_at: said(row, 'due_at') ?? said(row, 'review_on'),
    reminders: [],
  }
}

/** Whether a record no longer stands once that happened: a supervision that was proposed is opened; what was watched is watched anew, or over. */
function overtaken(record: CaseRecord, row: LedgerRow): boolean {
  if (row.event === 'supervision_proposed' || row.event === 'supervision_opened') return record.kind === 'supervision' && record.state === 'due'
  return ['disposed', 'dismissed', 'closed'].includes(row.event) && record.kind === 'watch'
}

/** The records of a case, in order; `clocks` are those that run for them. */
export function recordsOf(rows: readonly LedgerRow[], clocks: readonly ClockView[]): CaseRecord[] {
  const records: CaseRecord[] = []
  const byClock = new Map<unknown, CaseRecord>()
  const find = (kind: string, id: string | undefined) => records.find((record) => record.kind === kind && (id === undefined || record.id === id))
  const proposed = () => records.find((record) => record.kind === 'referral' && record.state === 'waiting')

  for (const [number, row] of rows.entries()) {
    const opening = openings[row.event] ?? (row.event === 'disposed' && row.how === 'watch' ? watching : undefined)
    const over = records.findIndex((record) => overtaken(record, row))
    if (over >= 0) records.splice(over, 1)
    if (opening) records.push(opened(row, opening, number))
    switch (row.event) {
      case 'clock_started': {
        const record = said(row, 'record') ? find(String(row.clock), said(row, 'record')) : undefined
        if (record) byClock.set(row.clock_id, record)
        break
      }
      case 'clock_warned':
      case 'escalated': {
        if (row.skipped_stale === true) break
        byClock.get(row.clock_id)?.reminders.push({ at: row.at, event: row.event, tier: said(row, 'tier'), threshold: typeof row.threshold === 'number' ? row.threshold : undefined })
        break
      }
      case 'concluded': {
        const record = find(String(row.record), said(row, 'id'))
        if (record) Object.assign(record, { state: 'done', result: { text: said(row, 'result') ?? '', at: row.at, by: author(row), url: said(row, 'published_url') } })
        break
      }
      case 'approved':
      case 'rejected': {
        const record = row.what === 'referral' ? proposed() : undefined
        if (record) record.state = row.event
        break
      }
      case 'referred': {
        const record = find('referral', said(row, 'record'))
        if (record) Object.assign(record, { state: 'done', result: { text: '', at: row.at, by: author(row) } })
        break
      }
    }
  }
  for (const [id, record] of byClock) record.clock = clocks.find((clock) => clock.id.endsWith(`/${String(id)}`))
  return [...records, ...consultationsDue(clocks)]
}

/** A consultation that the rules call for and nobody has held yet. */
function consultationsDue(clocks: readonly ClockView[]): CaseRecord[] {
  const due = clocks.filter((clock) => clock.kind === 'consultation' && isOpen(clock))
  return due.map((clock) => ({ kind: 'consultation', id: clock.id, state: 'due', text: '', parts: [], at: clock.anchor_at, by: '', to: [], due_at: clock.due_at, clock, reminders: [] }))
}

/** Those whose result is still to be told. */
export function openRecords(records: readonly CaseRecord[]): CaseRecord[] {
  return records.filter((record) => record.state === 'open')
}
