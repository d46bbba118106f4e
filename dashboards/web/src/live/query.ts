/** Data that a page shows and keeps fresh: old rows stay while new ones load, a late answer never overwrites a newer. */
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef, type WatchSource } from 'vue'

import { ApiError, wordsOf } from '@/api/client'
import { useChanges } from './events'

export interface Query<T> {
  data: ShallowRef<T | undefined>
  error: Ref<string>
  /** True until the first answer. */
  loading: Ref<boolean>
  /** True during any call. */
  busy: Ref<boolean>
  reload: () => Promise<void>
}

interface Options {
  /** Asked anew when one of these changes. */
  on?: WatchSource[]
  /** Which changes concern it; all, if not given. */
  concerns?: (incidents: ReadonlySet<string>) => boolean
  /** Old data are shown while other data are asked for (default), or cleared when `on` changes. */
  clear?: boolean
}

/** Asks, and asks again whenever something changed. */
export function useQuery<T>(ask: (signal: AbortSignal) => Promise<T>, options: Options = {}): Query<T> {
  const data = shallowRef<T>()
  const error = ref('')
  const loading = ref(true)
  const busy = ref(false)
  let current: AbortController | undefined
  let again = false

  async function reload(): Promise<void> {
    current?.abort()
    const mine = new AbortController()
    current = mine
    busy.value = true
    try {
      const answer = await ask(mine.signal)
      if (current !== mine) return
      data.value = answer
      error.value = ''
    } catch (failure) {
      if (current !== mine) return
      error.value = wordsOf(failure)
      // What is no longer there, or no longer ours to see, is not shown as if it were.
      if (failure instanceof ApiError && [403, 404].includes(failure.status)) data.value = undefined
    } finally {
      if (current === mine) {
        busy.value = false
        loading.value = false
        if (again) {
          again = false
          void reload()
        }
      }
    }
  }

  /** Changes that come faster than answers do are gathered, so that they never starve the answer. */
  function refresh(): void {
    if (busy.value) again = true
    else void reload()
  }

  if (options.on) {
    watch(options.on, () => {
      if (options.clear) {
        data.value = undefined
        loading.value = true
      }
      void reload()
    })
  }
  useChanges((incidents) => {
    if (!options.concerns || incidents.has('') || options.concerns(incidents)) refresh()
  })
  onScopeDispose(() => current?.abort())
  void reload()
  return { data, error, loading, busy, reload }
}
