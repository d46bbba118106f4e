/** The analyst's queue: filter, rows, selection. */
import type { Ref } from 'vue'

import * as endpoints from '@/api/endpoints'
import { usePaged } from '@/live/paged'

export interface QueueFilter {
  view: string
  region: string
  department: string
  channel: string
  /** The higher grade at least. */
  at_least: string
  /** `true`: sensitive ones only. */
  sensitive: string
  q: string
}

/** What stands there when the desk is opened. */
export const ALL_TO_TRIAGE: QueueFilter = { view: 'triage', region: '', department: '', channel: '', at_least: '', sensitive: '', q: '' }

/** Rows that the filter asks for, in the service's order: the gravest first, then by the statutory clock; and what follows them. */
export function useQueue(filter: Ref<QueueFilter>) {
  return usePaged((cursor, signal) => endpoints.incidents({ ...filter.value, cursor }, signal), [filter])
}

/** The id after (or before) `id` among `ids`; the first where `id` is gone. */
export function neighbour(ids: readonly string[], id: string | null, step: 1 | -1): string | null {
  const at = id === null ? -1 : ids.indexOf(id)
  if (at < 0) return ids[0] ?? null
  return ids[at + step] ?? null
}
