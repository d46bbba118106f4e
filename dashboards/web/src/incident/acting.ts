/** Doing something to a case: one call, one busy flag, the words of a refusal. */
import { ref } from 'vue'

import { ApiError, wordsOf } from '@/api/client'
import { act } from '@/api/endpoints'
import type { Act, Acted } from '@/api/types'
import { toast } from '@/frame/toast'

/** Does an act to the case of a page. Without a version it is done to the case as the page shows it now. */
export type Run = (what: Act, done: string, version?: number) => Promise<boolean>

/** Acts on `incident`; `after` runs once the service took it. */
export function useActing(after: (acted: Acted) => unknown = () => {}) {
  const busy = ref(false)
  const error = ref('')

  async function run(incident: string, what: Act, version: number | undefined, done: string): Promise<Acted | null> {
    if (busy.value) return null
    busy.value = true
    error.value = ''
    try {
      const acted = await act(incident, what, version)
      const waits = acted.rows.some((row) => row.event === 'approval_requested')
      if (waits) toast(`${done}：已提交，等待第二人复核`, 'info')
      else toast(done)
      await after(acted)
      return acted
    } catch (failure) {
      const stale = failure instanceof ApiError && failure.status === 409
      error.value = stale ? `没有保存：${failure.words}` : `没有保存。${wordsOf(failure)}`
      return null
    } finally {
      busy.value = false
    }
  }

  return { busy, error, run }
}
