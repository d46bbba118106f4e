/** A list by cursor: the first page keeps fresh, the following ones are added on demand. */
import { computed, ref, watch, type WatchSource } from 'vue'

import { wordsOf } from '@/api/client'
import type { Page } from '@/api/types'
import { useQuery } from './query'

/** Pages through what `ask` gives; starts anew when one of `on` changes. */
export function usePaged<T extends { id: string | number }>(ask: (cursor?: string, signal?: AbortSignal) => Promise<Page<T>>, on: WatchSource[] = []) {
  const first = useQuery((signal) => ask(undefined, signal), { on })
  const rest = ref<T[]>([])
  const next = ref<string | null>(null)
  const moreError = ref('')
  const loadingMore = ref(false)
  let filtered = 0

  watch(first.data, (page) => {
    // A refresh of the first page keeps what was paged on to.
    if (rest.value.length === 0) next.value = page?.next ?? null
  })
  if (on.length > 0) {
    watch(on, () => {
      filtered += 1
      rest.value = []
      next.value = null
      moreError.value = ''
    })
  }

  const items = computed<T[]>(() => {
    const rows = first.data.value?.items ?? []
    const known = new Set(rows.map((row) => row.id))
    return [...rows, ...(rest.value as T[]).filter((row) => !known.has(row.id))]
  })

  async function more(): Promise<void> {
    if (!next.value || loadingMore.value) return
    const mine = filtered
    loadingMore.value = true
    try {
      const page = await ask(next.value)
      if (mine !== filtered) return
      ;(rest.value as T[]) = [...(rest.value as T[]), ...page.items]
      next.value = page.next ?? null
      moreError.value = ''
    } catch (failure) {
      moreError.value = wordsOf(failure)
    } finally {
      loadingMore.value = false
    }
  }

  const error = computed(() => first.error.value || moreError.value)
  return { items, next, more, error, loadingMore, loading: first.loading, reload: first.reload }
}
