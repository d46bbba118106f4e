/** The analyst's queue: filter, rows, selection. */
import type { Ref } from 'vue'

import * as endpoints from '@/api/endpoints'
import { usePaged } from '@/live/paged'

export interface QueueFilter {
  view: string
  region: string
  department: string
  channel: string
  q: string
}

/** Rows that the filter asks for, in the service's order: what is in hand by the clock that is due first; and what follows them. */
export function useQueue(filter: Ref<QueueFilter>) {
  return usePaged((cursor, signal) => endpoints.incidents({ ...filter.value, cursor }, signal), [filter])
}

/** The id after (or before) `id` among `ids`; the first where `id` is gone. */
export function neighbour(ids: readonly string[], id: string | null, step: 1 | -1): string | null {
  const at = id === null ? -1 : ids.indexOf(id)
  if (at < 0) return ids[0] ?? null
  return ids[at + step] ?? null
}
