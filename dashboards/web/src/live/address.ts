/** What a list shows stands in the page's address: a link leads to it, a reload keeps it, and going back brings it back. */
import { computed, nextTick, ref, watch, type Ref, type WritableComputedRef } from 'vue'
import { useRoute, useRouter, type Router } from 'vue-router'

/** What of a filter stands in the address: all that is not its default. */
export function inAddress<T extends object>(filter: T & Record<keyof T, string>, defaults: T & Record<keyof T, string>): Record<string, string> {
  const names = Object.keys(defaults) as (keyof T & string)[]
  return Object.fromEntries(names.filter((name) => filter[name] !== defaults[name]).map((name) => [name, filter[name]]))
}

/** Words that go into the address together; undefined takes one out. */
const waiting = new Map<string, string | undefined>()
let writing = false

/**
 * Changes words of the address. Those of one moment go in together, the following ones after them: each alone would be
 * built on an address that doesn't have the others yet, and take them out again.
 */
async function write(router: Router, words: Record<string, string | undefined>): Promise<void> {
  const { path } = router.currentRoute.value
  const room = path.split('/')[1]
  for (const [name, word] of Object.entries(words)) waiting.set(name, word)
  if (writing) return
  writing = true
  await nextTick()
  while (waiting.size > 0) {
    const now = router.currentRoute.value
    // Who has gone elsewhere takes no filter along.
    if (now.path.split('/')[1] !== room) break
    const query: Record<string, unknown> = { ...now.query, ...Object.fromEntries(waiting) }
    waiting.clear()
    await router.replace({ path: now.path, query: query as typeof now.query }).catch(() => undefined)
  }
  waiting.clear()
  writing = false
}

/** A filter of words, kept in the query of the address; what equals its default is left out of it. */
export function useAddressed<T extends object>(defaults: T & Record<keyof T, string>): Ref<T> {
  const route = useRoute()
  const router = useRouter()
  const names = Object.keys(defaults) as (keyof T & string)[]
  const read = (): T => Object.fromEntries(names.map((name) => [name, typeof route.query[name] === 'string' ? route.query[name] : defaults[name]])) as T
  const filter = ref(read()) as Ref<T>
  const same = (a: T, b: T) => names.every((name) => a[name] === b[name])
  const room = route.path.split('/')[1]

  watch(filter, (chosen) => {
    if (same(chosen, read())) return
    const kept = inAddress(chosen as T & Record<keyof T, string>, defaults)
    void write(router, Object.fromEntries(names.map((name) => [name, kept[name]])))
  }, { deep: true })
  watch(() => route.query, () => {
    // Leaving the room changes no filter in it, and what is still being written is newer.
    if (route.path.split('/')[1] === room && waiting.size === 0 && !same(filter.value, read())) filter.value = read()
  })
  return filter
}

/** One word of the address: a tab, a switch, how far a list was read. What none of `allowed` is counts as the default. */
export function useWord<T extends string>(name: string, fallback: T, allowed?: readonly T[]): WritableComputedRef<T> {
  const filter = useAddressed<Record<string, string>>({ [name]: fallback })
  return computed({
    get: () => {
      const word = filter.value[name] as T
      return allowed && !allowed.includes(word) ? fallback : word
    },
    set: (word) => (filter.value = { [name]: word }),
  })
}
