/** A planned publication shows on the clock that it would meet: its bar keeps running until somebody confirms. */
import type { ClockView, PlannedClock, Publication } from '@/api/types'
import { isOpen } from './words'

/** What meets what (`domain.md` §5), for the incident's own clocks. */
const meets: Record<string, string[]> = {
  press_conference: ['press_conference'],
  response: ['press_conference', 'response'],
  first_statement: ['press_conference', 'response', 'statement'],
}

/** The clocks, each with the earliest plan that would meet it. */
export function withPlans(clocks: readonly ClockView[], publications: readonly Publication[]): PlannedClock[] {
  const plans = publications.filter((publication) => publication.planned)
  if (plans.length === 0) return [...clocks]
  return clocks.map((clock) => {
    if (!isOpen(clock) || clock.department) return clock
    const fitting = plans.filter((plan) => meets[clock.kind]?.includes(plan.kind)).map((plan) => plan.effective_at)
    return fitting.length > 0 ? { ...clock, planned_at: fitting.sort()[0] } : clock
  })
}
