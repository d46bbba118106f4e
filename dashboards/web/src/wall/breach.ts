/** Which clocks have breached since the wall was looked at last: pure. */
import type { RunningClock } from '@/api/types'
import { faceOf } from '@/clock/words'

/** Those that are overdue at an instant, by id. */
export function overdueAt(running: readonly RunningClock[], now: number): Map<string, RunningClock> {
  return new Map(running.filter((clock) => faceOf(clock, now).look === 'overdue').map((clock) => [clock.id, clock]))
}

/** Those of which the wall has not told yet. What was overdue when it was opened is told by sight, not by sound. */
export function newlyOverdue(told: ReadonlySet<string> | null, overdue: ReadonlyMap<string, RunningClock>): RunningClock[] {
  if (told === null) return []
  return [...overdue.values()].filter((clock) => !told.has(clock.id))
}
