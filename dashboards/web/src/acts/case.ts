/** A case as its page has it: the case itself, its history, the records folded from it, all kept fresh. */
import { computed, type ComputedRef, type Ref } from 'vue'

import * as endpoints from '@/api/endpoints'
import type { IncidentDetail } from '@/api/types'
import { useHistory, type History } from '@/incident/history'
import { recordsOf } from '@/incident/records'
import { useQuery, type Query } from '@/live/query'
import { useSession } from '@/session'
import type { Case } from './fields'

export interface OpenCase {
  detail: Query<IncidentDetail | null>
  history: History
  /** The case that is asked for, never the one that was open before it. */
  about: ComputedRef<Case | null>
  reload: () => Promise<unknown>
}

/** The case of that number; none while there is no number. */
export function useCase(id: Readonly<Ref<string | null>>): OpenCase {
  const { narrowed, may } = useSession()
  const detail = useQuery(async (signal) => (id.value ? endpoints.incident(id.value, signal) : null), {
    on: [id],
    concerns: (changed) => id.value !== null && changed.has(id.value),
    clear: true,
  })
  const history = useHistory(id)
  const about = computed<Case | null>(() => {
    const incident = detail.data.value
    if (!incident || incident.id !== id.value) return null
    const rows = history.data.value ?? []
    return { incident, records: recordsOf(rows, incident.clocks), history: rows, body: narrowed.value, leads: may(['leader']) }
  })
  return { detail, history, about, reload: () => Promise.all([detail.reload(), history.reload()]) }
}
