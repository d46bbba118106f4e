/** Passwords that were made for others: shown until whoever made them says that they are noted, also on other pages. */
import { computed, readonly, ref } from 'vue'

const passwords = ref<{ user: string; name: string; password: string }[]>([])

function warn(event: BeforeUnloadEvent): void {
  event.preventDefault()
}

/** Adds one; leaving the site asks first. */
export function showPassword(user: string, name: string, password: string): void {
  passwords.value = [...passwords.value.filter((one) => one.user !== user), { user, name, password }]
  window.addEventListener('beforeunload', warn)
}

/** It is noted. */
export function noted(user: string): void {
  passwords.value = passwords.value.filter((one) => one.user !== user)
  if (passwords.value.length === 0) window.removeEventListener('beforeunload', warn)
}

export const useMade = () => ({ made: readonly(passwords), waiting: computed(() => passwords.value.length) })
