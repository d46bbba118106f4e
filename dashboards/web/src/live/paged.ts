/** A list by cursor: the first page keeps fresh, the following ones are added on demand. */
import { computed, ref, watch, type WatchSource } from 'vue'

import { wordsOf } from '@/api/client'
import type { Page } from '@/api/types'
import { useWord } from './address'
import { useQuery } from './query'

/** Pages that come back at most when a list is opened again: more would let somebody wait for what they scrolled past. */
const BROUGHT_BACK_MAX = 20

/**
 * Pages through what `ask` gives; starts anew when one of `on` changes. How many pages were asked for stands in the
 * address, except of a list `within` another page's list.
 */
export function usePaged<T extends { id: string | number }>(ask: (cursor?: string, signal?: AbortSignal) => Promise<Page<T>>, on: WatchSource[] = [], where: 'page' | 'within' = 'page') {
  const pages = where === 'page' ? useWord('pages', '1') : ref('1')
  let loaded = 1
  const first = useQuery((signal) => ask(undefined, signal), { on })
  const rest = ref<T[]>([])
  const next = ref<string | null>(null)
  const moreError = ref('')
  const loadingMore = ref(false)
  let filtered = 0

  watch(first.data, (page) => {
    // A refresh of the first page keeps what was paged on to.
    if (rest.value.length === 0) next.value = page?.next ?? null
    void bringBack()
  })
  if (on.length > 0) {
    watch(on, () => {
      filtered += 1
      loaded = 1
      pages.value = '1'
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

  /** What stood here before the page was left or loaded anew. */
  async function bringBack(): Promise<void> {
    const wanted = Math.min(Number(pages.value) || 1, BROUGHT_BACK_MAX)
    while (loaded < wanted && next.value && !loadingMore.value && !moreError.value) await more()
  }

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
      loaded += 1
      if (loaded > (Number(pages.value) || 1)) pages.value = String(loaded)
    } catch (failure) {
      moreError.value = wordsOf(failure)
    } finally {
      loadingMore.value = false
    }
  }

  const error = computed(() => first.error.value || moreError.value)
  return { items, next, more, error, loadingMore, loading: first.loading, reload: first.reload }
}
