/** An errand as a component shows it: how far it is, what came of it, what went wrong. */
import { onScopeDispose, ref, shallowRef, type ShallowRef } from 'vue'

import { wordsOf } from '@/api/client'
import type { Errand, ErrandResult } from '@/api/types'
import { follow, type ResultOf } from './errand'

export function useErrand<K extends ErrandResult['kind']>(kind: K) {
  const result: ShallowRef<ResultOf<K> | null> = shallowRef(null)
  const busy = ref(false)
  const percent = ref(0)
  const error = ref('')
  let turn = 0
  onScopeDispose(() => (turn += 1))

  /** Asks; a later call takes the place of an earlier one. */
  async function run(asked: Errand): Promise<void> {
    turn += 1
    const mine = turn
    busy.value = true
    percent.value = 0
    error.value = ''
    result.value = null
    try {
      const got = await follow(kind, asked, (told) => (percent.value = mine === turn ? told : percent.value), () => mine !== turn)
      if (mine === turn) result.value = got
    } catch (failure) {
      if (mine === turn) error.value = wordsOf(failure)
    } finally {
      if (mine === turn) busy.value = false
    }
  }
  return { result, busy, percent, error, run }
}
