/** How many notifications wait to be read: the number beside 我的通知. */
import { readonly, ref } from 'vue'

import * as endpoints from '@/api/endpoints'

const unread = ref(0)

/** Asks; a failure leaves the number as it was, the connection light tells of it. */
export async function countUnread(): Promise<void> {
  try {
    const page = await endpoints.notifications()
    unread.value = page.unread
  } catch {
    // Kept as it was.
  }
}

export function useUnread() {
  return { unread: readonly(unread) }
}
