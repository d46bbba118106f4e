/** One line above the page that says what was done. */
import { ElMessage } from 'element-plus'

/** Long enough to read a line; a refusal with its reason takes twice as long. */
const SHOWN_MS = { success: 3000, info: 3000, warning: 6000, error: 6000 }

/** Says it, in place of what was said before: that is seen in the history, and two at once cover the page. */
export function toast(message: string, kind: keyof typeof SHOWN_MS = 'success'): void {
  ElMessage.closeAll()
  ElMessage({ message, type: kind, duration: SHOWN_MS[kind] })
}
