/** What whoever keeps the service going has to know at once: clocks that are not kept, notices that did not arrive. */
import { computed, onScopeDispose, shallowRef } from 'vue'

import { ApiError } from '@/api/client'
import * as endpoints from '@/api/endpoints'
import type { Delivery, Page, Readiness, RoleId } from '@/api/types'
import { useSession } from '@/session'
import { deliveryChannel } from '@/words/terms'

/** Who is told. */
export const told: readonly RoleId[] = ['analyst', 'leader', 'admin']
/** Who may see which notices failed: `ReadDeliveries` of `src/web/authorise.rs`. */
const seesDeliveries: readonly RoleId[] = ['analyst', 'supervision', 'auditor', 'admin']

const ASK_EVERY_MS = 30_000

export interface Alarm {
  words: string
  /** Where more of it stands. */
  to?: string
}

/** Who is told of what is not set up: nobody else can mend it. */
const keeps: readonly RoleId[] = ['admin']

/**
 * The alarms in words, then what is not set up as the rules need it, for whoever keeps the service (`keeper`); `unready` is why
 * the service says that it can't work. Blind spots are told to all: the numbers on their pages lack them.
 */
export function alarmsOf(ready: Readiness | undefined, unready: string, failed: Page<Delivery> | undefined, keeper: boolean): Alarm[] {
  const alarms: Alarm[] = (ready?.alarms ?? []).map((words) => ({ words }))
  if (unready) alarms.unshift({ words: `服务不能正常工作：${unready}` })
  if (failed && failed.items.length > 0) {
    const channels = [...new Set(failed.items.map((delivery) => deliveryChannel(delivery.channel)))].join('、')
    const count = `${failed.items.length}${failed.next ? ' 条以上' : ' 条'}`
    alarms.push({ words: `${count}通知没有送达，已放弃重试（${channels}）`, to: '/deliveries' })
  }
  const blind = (words: string) => words.startsWith('信源盲区')
  const warnings = (ready?.warnings ?? []).filter((words) => keeper || blind(words))
  alarms.push(...warnings.map((words) => (blind(words) ? { words, to: '/sources' } : { words })))
  return alarms
}

/** Asks now and every half minute, for as long as the calling component lives and the page is looked at. */
export function useAlarms() {
  const { may } = useSession()
  const ready = shallowRef<Readiness>()
  const failed = shallowRef<Page<Delivery>>()
  const unready = shallowRef('')
  const over = new AbortController()

  async function ask(): Promise<void> {
    if (document.hidden || !may(told)) return
    const [answer, deliveries] = await Promise.allSettled([endpoints.readiness(over.signal), may(seesDeliveries) ? endpoints.deliveries('failed', undefined, over.signal) : undefined])
    if (answer.status === 'fulfilled') {
      ready.value = answer.value
      unready.value = ''
    } else if (answer.reason instanceof ApiError && answer.reason.status >= 500) unready.value = answer.reason.words
    // What could not be asked stays as it was: the connection light tells of a service that is away.
    if (deliveries.status === 'fulfilled') failed.value = deliveries.value
  }

  const asking = setInterval(() => void ask(), ASK_EVERY_MS)
  const seen = () => void ask()
  document.addEventListener('visibilitychange', seen)
  onScopeDispose(() => {
    clearInterval(asking)
    document.removeEventListener('visibilitychange', seen)
    over.abort()
  })
  void ask()
  return computed(() => (may(told) ? alarmsOf(ready.value, unready.value, failed.value, may(keeps)) : []))
}
