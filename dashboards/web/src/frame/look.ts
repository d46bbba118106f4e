/** Light or dark: as the machine is set, unless the person chose. */
import { readonly, ref } from 'vue'

export type Look = 'system' | 'light' | 'dark'

const KEY = 'huiying.look'
const LOOKS: readonly Look[] = ['system', 'light', 'dark']

/** What was kept, if it can be read and is one of ours. */
export function lookOf(kept: string | null): Look {
  return LOOKS.find((look) => look === kept) ?? 'system'
}

/** Whether a look is dark on a machine that is set so or not. */
export const isDark = (look: Look, system: boolean): boolean => look === 'dark' || (look === 'system' && system)

const look = ref<Look>('system')
const dark = ref(false)

function put(): void {
  dark.value = isDark(look.value, matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.toggle('dark', dark.value)
}

/** Reads the choice and follows the machine; called once, before anything is drawn. */
export function followLook(): void {
  try {
    look.value = lookOf(localStorage.getItem(KEY))
  } catch {
    // A browser that keeps nothing follows the machine.
  }
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', put)
  put()
}

/** Chooses. */
export function chooseLook(chosen: Look): void {
  look.value = chosen
  try {
    localStorage.setItem(KEY, chosen)
  } catch {
    // Holds until the page is closed.
  }
  put()
}

/** The look chosen, and whether the page is dark now. */
export const useLook = () => ({ look: readonly(look), dark: readonly(dark) })
