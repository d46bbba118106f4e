/** What was done to a case, as rows of the ledger: asked for once a page, for the history and for the records. */
import type { Ref } from 'vue'

import * as endpoints from '@/api/endpoints'
import type { LedgerRow } from '@/api/types'
import { useQuery, type Query } from '@/live/query'

export type History = Query<LedgerRow[]>

/** The rows of the case of that number; none while there is no number. */
export function useHistory(incident: Readonly<Ref<string | null>>): History {
  return useQuery(async (signal) => (incident.value ? endpoints.incidentHistory(incident.value, signal) : []), {
    on: [incident],
    concerns: (changed) => incident.value !== null && changed.has(incident.value),
    clear: true,
  })
}
