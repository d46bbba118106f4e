/** Who is signed in, and what their roles open. */
import { computed, readonly, ref } from 'vue'

import { ApiError, setCsrf } from '@/api/client'
import * as endpoints from '@/api/endpoints'
import type { Me, RoleId } from '@/api/types'
import { connect, disconnect } from '@/live/events'
import { countUnread } from '@/live/unread'
import { loadNames } from '@/words/names'

const who = ref<Me | null>(null)
const asked = ref(false)
/** The service could not be asked who this is. */
const away = ref(false)

function enter(me: Me): void {
  who.value = me
  setCsrf(me.csrf)
  if (!me.must_change) begin()
}

/** Until another password is chosen the service answers nothing of this. */
function begin(): void {
  connect()
  void loadNames()
  void countUnread()
}

/** Forgets the session on this side. */
export function leave(): void {
  who.value = null
  setCsrf('')
  disconnect()
}

/** Asks once, at the start, whether the cookie still stands for somebody. */
export async function resume(): Promise<Me | null> {
  if (asked.value) return who.value
  try {
    enter(await endpoints.me())
    away.value = false
  } catch (failure) {
    who.value = null
    // Whoever can't be asked about may well be signed in: the next page asks again.
    away.value = failure instanceof ApiError && failure.status === 0
  }
  asked.value = !away.value
  return who.value
}

export async function signIn(user: string, password: string): Promise<void> {
  enter(await endpoints.signIn(user, password))
  asked.value = true
}

/** Other sessions of the same person end; this one stays. */
export async function changeOwnPassword(old: string, fresh: string): Promise<void> {
  await endpoints.changePassword(old, fresh)
  if (!who.value) return
  const first = who.value.must_change
  who.value = { ...who.value, must_change: false }
  if (first) begin()
}

export async function signOut(): Promise<void> {
  try {
    await endpoints.signOut()
  } finally {
    leave()
  }
}

/** The session, and questions about it. */
export function useSession() {
  const roles = computed<RoleId[]>(() => who.value?.roles.map((role) => role.role) ?? [])
  const body = computed(() => who.value?.roles.find((role) => role.role === 'department')?.body ?? null)
  /** The department whose cases alone the user sees; `null` for whoever holds a wider role beside. */
  const narrowed = computed(() => (roles.value.every((role) => role === 'department') ? body.value : null))
  const may = (wanted: readonly RoleId[]) => wanted.length === 0 || roles.value.some((role) => wanted.includes(role))
  return { me: readonly(who), away: readonly(away), roles, body, narrowed, may }
}
