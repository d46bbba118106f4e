/** Where typing begins in a dialog that has just opened. */
import { nextTick } from 'vue'

/** Fields that one types in: a focused calendar would unfold, and a focused list would keep Esc for itself. */
const TYPED = ':is(input, textarea):not([disabled], [readonly], [type=checkbox], .el-date-editor *, .el-select *)'

/**
 * Typing begins in the first field of the dialog on top. Done at once and not when it has faded in: whoever opened a list or
 * wrote a word meanwhile would have been torn out of it. Goes with `open-auto-focus`.
 */
export async function toFirstField(): Promise<void> {
  // The dialog takes the focus itself in the next tick; this comes after it.
  await nextTick()
  await nextTick()
  const dialog = [...document.querySelectorAll<HTMLElement>('[role=dialog][aria-modal=true]')].at(-1)
  dialog?.querySelector<HTMLElement>(TYPED)?.focus()
}
