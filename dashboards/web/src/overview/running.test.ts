import { expect, test } from 'vitest'

import type { ClockView } from '@/api/types'
import { telling } from './running'

const NOW = Date.parse('2026-05-11T12:00:00+08:00')
const clock = (id: string, force: string, due: string, state = 'running') => ({ id, force, due_at: `2026-05-11T${due}:00+08:00`, state, breached: false }) as unknown as ClockView
const ids = (...clocks: ClockView[]) => telling({ clocks }, NOW).map((one) => one.id)

test('the clock of the law is told before an internal one that is due sooner', () => {
  expect(ids(clock('receipt', 'internal', '13:00'), clock('response', 'statutory', '20:00'))).toEqual(['response'])
})

test('an internal clock that is over its time is told too, after the law', () => {
  expect(ids(clock('receipt', 'internal', '11:00'), clock('response', 'statutory', '20:00'))).toEqual(['response', 'receipt'])
})

test('where the law sets none, the clock that is due next is told', () => {
  expect(ids(clock('update', 'target', '20:00'), clock('receipt', 'internal', '13:00'), clock('old', 'statutory', '09:00', 'met'))).toEqual(['receipt'])
  expect(ids()).toEqual([])
})
