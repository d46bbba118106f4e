/** The analyst's queue: filter, rows, selection. */
import { computed, ref, watch, type Ref } from 'vue'

import { wordsOf } from '@/api/client'
import * as endpoints from '@/api/endpoints'
import type { IncidentSummary } from '@/api/types'
import { useQuery } from '@/live/query'

export interface QueueFilter {
  view: string
  region: string
  department: string
  channel: string
  q: string
}

/** Rows of one call. */
const PAGE_ROWS = 50

/** Rows that the filter asks for, and what follows them. */
export function useQueue(filter: Ref<QueueFilter>) {
  const ask = (cursor?: string, signal?: AbortSignal) => endpoints.incidents({ ...filter.value, cursor, limit: PAGE_ROWS }, signal)
  const first = useQuery((signal) => ask(undefined, signal), { on: [filter] })
  const rest = ref<IncidentSummary[]>([])
  const next = ref<string | null>(null)
  const moreError = ref('')

  watch(first.data, (page) => {
    // A refresh of the first page keeps what was paged on to; a new filter starts anew.
    if (rest.value.length === 0) next.value = page?.next ?? null
  })
  watch(filter, () => {
    rest.value = []
    next.value = null
  })

  const items = computed(() => {
    const rows = first.data.value?.items ?? []
    const known = new Set(rows.map((row) => row.id))
    return [...rows, ...rest.value.filter((row) => !known.has(row.id))]
  })

  async function more(): Promise<void> {
    if (!next.value) return
    try {
      const page = await ask(next.value)
      rest.value = [...rest.value, ...page.items]
      next.value = page.next ?? null
      moreError.value = ''
    } catch (failure) {
      moreError.value = wordsOf(failure)
    }
  }

  const error = computed(() => first.error.value || moreError.value)
  return { items, next, more, error, loading: first.loading, reload: first.reload }
}

/** The id after (or before) `id` among `ids`; the first where `id` is gone. */
export function neighbour(ids: readonly string[], id: string | null, step: 1 | -1): string | null {
  const at = id === null ? -1 : ids.indexOf(id)
  if (at < 0) return ids[0] ?? null
  return ids[at + step] ?? null
}
