/** Who else has the case open that this page shows, and saying that we have. */
import { computed, onScopeDispose, ref, watch, type Ref } from 'vue'

import * as endpoints from '@/api/endpoints'
import type { Present } from '@/api/types'
import { usePresent } from './events'
import { useSession } from '@/session'

export type Doing = Present['doing']

/** Said anew this often; the service forgets after 50 seconds. */
const SAID_EVERY_MS = 20_000
/** Shown for so long after they were last heard of: two sayings may be lost. */
const SHOWN_FOR_MS = 50_000

const WORDS: Record<Doing, string> = { viewing: '正在查看', grading: '正在定级', assigning: '正在交办', acting: '正在办理', left: '' }

/** The others on the case of that number, in words; `doing` is what we do. */
export function usePresence(incident: Readonly<Ref<string | null>>, doing: Readonly<Ref<Doing>>) {
  const { me, narrowed } = useSession()
  const people = ref<Present[]>([])
  let heardAt = Date.now()
  const tick = ref(Date.now())

  async function say(id: string | null, what: Doing): Promise<void> {
    if (!id || narrowed.value !== null) return
    try {
      const there = await endpoints.present(id, what)
      if (id === incident.value && what !== 'left') hear(id, there.people)
    } catch {
      // Seeing each other is a courtesy: nothing depends on it.
    }
  }

  function hear(id: string, there: Present[]): void {
    if (id !== incident.value) return
    people.value = there
    heardAt = Date.now()
    tick.value = heardAt
  }

  const timer = setInterval(() => {
    tick.value = Date.now()
    void say(incident.value, doing.value)
  }, SAID_EVERY_MS)
  watch(incident, (now, before) => {
    people.value = []
    if (before) void say(before, 'left')
    void say(now, doing.value)
  }, { immediate: true })
  watch(doing, (what) => void say(incident.value, what))
  usePresent(hear)
  onScopeDispose(() => {
    clearInterval(timer)
    void say(incident.value, 'left')
  })

  const others = computed(() => {
    if (tick.value - heardAt > SHOWN_FOR_MS) return []
    return people.value.filter((one) => one.user !== me.value?.user).map((one) => `${one.name} ${WORDS[one.doing]}`)
  })
  return { others }
}
