/** Names of bodies and regions and who is on duty, asked for once after signing in. */
import { computed, ref } from 'vue'

import * as endpoints from '@/api/endpoints'
import type { Body, Duty, Region } from '@/api/types'

const bodies = ref<Body[]>([])
const regions = ref<Region[]>([])
const duties = ref<Duty[]>([])

/** Loads the lists; a failure leaves ids on the screen and is made up for at the next sign-in. */
export async function loadNames(): Promise<void> {
  const [gotBodies, gotRegions, gotDuties] = await Promise.allSettled([endpoints.bodies(), endpoints.regions(), endpoints.roster()])
  if (gotBodies.status === 'fulfilled') bodies.value = gotBodies.value
  if (gotRegions.status === 'fulfilled') regions.value = gotRegions.value
  if (gotDuties.status === 'fulfilled') duties.value = gotDuties.value.items
}

/** Looks names up. */
export function useNames() {
  const bodyNames = computed(() => new Map(bodies.value.map((body) => [body.id, body.name])))
  const regionNames = computed(() => new Map([['xuancheng', '宣城市'], ...regions.value.map((r): [string, string] => [r.id, r.name])]))
  const bodyName = (id: string | null | undefined) => (id ? (bodyNames.value.get(id) ?? regionNames.value.get(id) ?? id) : '—')
  const regionName = (id: string | null | undefined) => (id ? (regionNames.value.get(id) ?? id) : '未定区域')
  /** A body, or whoever holds a tier today. */
  const holderName = (id: string) => duties.value.flatMap((duty) => duty.holders).find((holder) => holder.id === id)?.name ?? bodyName(id)
  /** Who may give a 批示, by the roster of today. */
  const leaders = computed(() => {
    const tiers = ['principal', 'deputy', 'office_director', 'coordination']
    const holders = tiers.flatMap((tier) => duties.value.filter((duty) => duty.tier === tier).flatMap((duty) => duty.holders))
    return [...new Set(holders.map((holder) => holder.name))]
  })
  /** Who sits at the city's duty desk today. */
  const onDuty = computed(() => {
    const desk = duties.value.find((duty) => duty.jurisdiction === 'xuancheng' && duty.tier === 'duty_desk')
    return desk?.holders.map((holder) => holder.name).join('、') ?? ''
  })
  return { onDuty, leaders, holderName, bodies, regions, bodyName, regionName }
}
