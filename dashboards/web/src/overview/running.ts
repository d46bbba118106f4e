/** Which clocks of a case a person on watch sees: what the law sets, and what is over its time. */
import type { ClockView, IncidentSummary } from '@/api/types'
import { isOpen } from '@/clock/words'

/** Cases that one picture of what runs asks for; the list of cases has them all. */
export const RUNNING_SHOWN = 6

/** As many clocks as say of one case how it stands. */
const CLOCKS_SHOWN = 3

/** The statutory clocks first, each by due time; where the law sets none, the clock that is due next. */
export function telling(incident: Pick<IncidentSummary, 'clocks'>, now: number): ClockView[] {
  const due = (clock: ClockView) => Date.parse(clock.due_at)
  const open = incident.clocks.filter(isOpen).sort((a, b) => due(a) - due(b))
  const statutory = open.filter((clock) => clock.force === 'statutory')
  const others = open.filter((clock) => clock.force !== 'statutory')
  const over = others.filter((clock) => clock.breached || due(clock) < now)
  const told = [...statutory, ...over].slice(0, CLOCKS_SHOWN)
  return told.length > 0 ? told : open.slice(0, 1)
}
