/** What a list shows stands in the page's address: a link leads to it, and going back brings it back. */
import { ref, watch, type Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** What of a filter stands in the address: all that is not its default. */
export function inAddress<T extends object>(filter: T & Record<keyof T, string>, defaults: T & Record<keyof T, string>): Record<string, string> {
  const names = Object.keys(defaults) as (keyof T & string)[]
  return Object.fromEntries(names.filter((name) => filter[name] !== defaults[name]).map((name) => [name, filter[name]]))
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
    const others = Object.entries(route.query).filter(([name]) => !names.includes(name as keyof T & string))
    void router.replace({ path: route.path, query: { ...Object.fromEntries(others), ...inAddress(chosen as T & Record<keyof T, string>, defaults) } })
  }, { deep: true })
  watch(() => route.query, () => {
    // Leaving the room changes no filter in it.
    if (route.path.split('/')[1] === room && !same(filter.value, read())) filter.value = read()
  })
  return filter
}
