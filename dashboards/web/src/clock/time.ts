/** The service's time, which every countdown runs on: asked for once a minute, carried on by the browser's own ticking. */
import { computed, readonly, ref } from 'vue'

import { time } from '@/api/endpoints'

const SYNC_EVERY_MS = 60_000
const SYNC_EVERY_IN_DRILL_MS = 5_000
const TICK_MS = 1_000
const TICK_IN_DRILL_MS = 250

const now = ref(Date.now())
const speed = ref(1)
const drill = ref(false)
/** When a drill's clock stands still. */
const endsAt = ref<number | null>(null)

/** The drill is over: nothing moves any more. */
const over = computed(() => endsAt.value !== null && now.value >= endsAt.value)

let servedAt = Date.now()
let heardAt = performance.now()
let ticker: ReturnType<typeof setInterval> | undefined
let syncer: ReturnType<typeof setInterval> | undefined

function reckon(): number {
  const at = servedAt + (performance.now() - heardAt) * speed.value
  return endsAt.value === null ? at : Math.min(at, endsAt.value)
}

function tick(): void {
  now.value = reckon()
}

/** Asks the service what time it is; half of the way there and back is the answer's age. */
export async function syncTime(): Promise<void> {
  const asked = performance.now()
  const answer = await time()
  const heard = performance.now()
  const served = Date.parse(answer.now)
  if (Number.isNaN(served)) return
  const faster = answer.speed !== speed.value || answer.drill !== drill.value
  speed.value = answer.speed > 0 ? answer.speed : 1
  drill.value = answer.drill
  endsAt.value = answer.ends_at ? Date.parse(answer.ends_at) : null
  servedAt = served + ((heard - asked) / 2) * speed.value
  heardAt = heard
  tick()
  if (faster) run()
}

function run(): void {
  clearInterval(ticker)
  clearInterval(syncer)
  const fast = speed.value > 1
  ticker = setInterval(tick, fast ? TICK_IN_DRILL_MS : TICK_MS)
  // A failed call leaves the time running on as it was; the connection light tells of it.
  syncer = setInterval(() => void syncTime().catch(() => {}), fast ? SYNC_EVERY_IN_DRILL_MS : SYNC_EVERY_MS)
}

/** Starts the one ticker of the application. */
export function startTime(): void {
  run()
  void syncTime().catch(() => {})
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) void syncTime().catch(() => {})
  })
}

/** The time, ticking; its speed; and whether this is a drill. */
export function useTime() {
  return { now: readonly(now), speed: readonly(speed), drill: readonly(drill), over: readonly(over) }
}
