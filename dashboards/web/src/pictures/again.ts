/** What no event tells of, how much was said, is asked for again by time: more often in a drill, where hours pass in seconds. */
import { onScopeDispose } from 'vue'

import { useTime } from '@/clock/time'

const EVERY_MS = 30_000
const EVERY_IN_DRILL_MS = 5_000

/** Runs it again and again while the page stands open and is looked at. */
export function useAgain(run: () => unknown): void {
  const { drill } = useTime()
  let timer: ReturnType<typeof setTimeout> | undefined
  const wait = () => {
    timer = setTimeout(
      () => {
        if (!document.hidden) void run()
        wait()
      },
      drill.value ? EVERY_IN_DRILL_MS : EVERY_MS,
    )
  }
  wait()
  onScopeDispose(() => clearTimeout(timer))
}
