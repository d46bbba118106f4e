/** Esc closes what hangs over the page and has no focus of its own, and the focus is back where it was. */
import { onScopeDispose, watch, type Ref } from 'vue'

export function useEscape(open: Ref<boolean>): void {
  let before: Element | null = null
  function press(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return
    // Only this one: what lies beneath stays open.
    event.stopPropagation()
    open.value = false
    if (before instanceof HTMLElement) before.focus()
  }
  const stop = () => document.removeEventListener('keydown', press, true)
  watch(open, (now) => {
    stop()
    if (!now) return
    before = document.activeElement
    document.addEventListener('keydown', press, true)
  })
  onScopeDispose(stop)
}
