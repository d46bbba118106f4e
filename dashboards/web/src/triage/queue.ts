/** The analyst's queue: filter, rows, selection. */
import { computed, type Ref } from 'vue'

import * as endpoints from '@/api/endpoints'
import type { IncidentSummary } from '@/api/types'
import { leadingClock } from '@/clock/words'
import { usePaged } from '@/live/paged'
import { toMs } from '@/words/instant'

export interface QueueFilter {
  view: string
  region: string
  department: string
  channel: string
  q: string
}

/** Rows of one call: more than an analyst has at hand, since only what was fetched can be put in order here. */
const PAGE_ROWS = 100

/** Rows that the filter asks for, and what follows them. */
export function useQueue(filter: Ref<QueueFilter>) {
  const list = usePaged((cursor, signal) => endpoints.incidents({ ...filter.value, cursor, limit: PAGE_ROWS }, signal), [filter])
  // The service orders by the main clock; another one may press more.
  const items = computed(() => (filter.value.view === 'all' ? list.items.value : byPressure(list.items.value)))
  return { ...list, items }
}

/** By time left of the clock that is due first, so that the overdue stand on top; what has no open clock last. */
export function byPressure(rows: readonly IncidentSummary[]): IncidentSummary[] {
  const due = (row: IncidentSummary) => toMs(leadingClock(row.clocks)?.due_at) ?? Number.MAX_SAFE_INTEGER
  return [...rows].sort((a, b) => due(a) - due(b))
}

/** The id after (or before) `id` among `ids`; the first where `id` is gone. */
export function neighbour(ids: readonly string[], id: string | null, step: 1 | -1): string | null {
  const at = id === null ? -1 : ids.indexOf(id)
  if (at < 0) return ids[0] ?? null
  return ids[at + step] ?? null
}
