/** Names of bodies and regions, asked for once after signing in. */
import { computed, ref } from 'vue'

import * as endpoints from '@/api/endpoints'
import type { Body, Region } from '@/api/types'

const bodies = ref<Body[]>([])
const regions = ref<Region[]>([])

/** Loads both lists; a failure leaves ids on the screen and is made up for at the next sign-in. */
export async function loadNames(): Promise<void> {
  const [gotBodies, gotRegions] = await Promise.allSettled([endpoints.bodies(), endpoints.regions()])
  if (gotBodies.status === 'fulfilled') bodies.value = gotBodies.value
  if (gotRegions.status === 'fulfilled') regions.value = gotRegions.value
}

/** Looks names up. */
export function useNames() {
  const bodyNames = computed(() => new Map(bodies.value.map((body) => [body.id, body.name])))
  const regionNames = computed(() => new Map([['xuancheng', '宣城市'], ...regions.value.map((r): [string, string] => [r.id, r.name])]))
  const bodyName = (id: string | null | undefined) => (id ? (bodyNames.value.get(id) ?? regionNames.value.get(id) ?? id) : '—')
  const regionName = (id: string | null | undefined) => (id ? (regionNames.value.get(id) ?? id) : '未定区域')
  return { bodies, regions, bodyName, regionName }
}
