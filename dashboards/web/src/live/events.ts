/** Live changes: the stream of `{incident, version}` and of official posts' `{post, version}`, its light, and who wants to hear of it. */
import { onScopeDispose, readonly, ref } from 'vue'

import type { Present } from '@/api/types'

export type Light = 'live' | 'reconnecting' | 'offline'

/** Changes that come close together are told as one. */
const GATHER_MS = 300
const RETRY_FIRST_MS = 1_000
const RETRY_LAST_MS = 30_000
/** The browser tries again by itself; after this long without a stream the light says offline. */
const OFFLINE_AFTER_MS = 15_000

const light = ref<Light>('reconnecting')
const since = ref<number | null>(null)

/** Told ids of cases; an official post's begins with `post/`. */
type Listener = (changed: ReadonlySet<string>) => void
const listeners = new Set<Listener>()

let stream: EventSource | undefined
let retryIn = RETRY_FIRST_MS
let retry: ReturnType<typeof setTimeout> | undefined
let darken: ReturnType<typeof setTimeout> | undefined
let gathering: ReturnType<typeof setTimeout> | undefined
let changed = new Set<string>()
let opened = false

function tell(): void {
  gathering = undefined
  const told = changed
  changed = new Set()
  for (const listener of listeners) listener(told)
}

function gather(key: string): void {
  changed.add(key)
  gathering ??= setTimeout(tell, GATHER_MS)
}

function lost(): void {
  if (since.value === null) since.value = Date.now()
  if (light.value === 'live') light.value = 'reconnecting'
  darken ??= setTimeout(() => {
    light.value = 'offline'
  }, OFFLINE_AFTER_MS)
}

function found(): void {
  clearTimeout(darken)
  darken = undefined
  light.value = 'live'
  since.value = null
  retryIn = RETRY_FIRST_MS
  // What happened while the stream was away is unknown: everything is asked for again.
  if (opened) gather('')
  opened = true
}

/** By what an official post is told among the cases. */
const POST = 'post/'
export const isPost = (key: string): boolean => key.startsWith(POST)

/** Who has a case open: told to whoever shows it, and asked of nobody. */
type PresentListener = (incident: string, people: Present[]) => void
const present = new Set<PresentListener>()

function heardPresent(message: MessageEvent<string>): void {
  try {
    const told = JSON.parse(message.data) as { incident: string; people: Present[] }
    for (const listener of present) listener(told.incident, told.people)
  } catch {
    // A message that can't be read names nobody.
  }
}

/** Calls back with who has a case open, for as long as the calling component lives. */
export function usePresent(listener: PresentListener): void {
  present.add(listener)
  onScopeDispose(() => present.delete(listener))
}

function heard(message: MessageEvent<string>): void {
  try {
    const change = JSON.parse(message.data) as { incident?: string; post?: string }
    gather(change.incident ?? (change.post === undefined ? '' : POST + change.post))
  } catch {
    gather('')
  }
}

/** Opens the stream; does nothing if it is open. */
export function connect(): void {
  if (stream) return
  stream = new EventSource('/api/v1/events')
  stream.onopen = found
  stream.onmessage = heard
  stream.addEventListener('post', heard)
  stream.addEventListener('presence', heardPresent)
  stream.onerror = () => {
    lost()
    if (stream?.readyState !== EventSource.CLOSED) return
    stream = undefined
    clearTimeout(retry)
    retry = setTimeout(connect, retryIn)
    retryIn = Math.min(retryIn * 2, RETRY_LAST_MS)
  }
}

/** Closes the stream, at signing out. */
export function disconnect(): void {
  clearTimeout(retry)
  clearTimeout(darken)
  darken = undefined
  stream?.close()
  stream = undefined
  opened = false
  light.value = 'reconnecting'
  since.value = null
}

/** Calls back when cases changed, for as long as the calling component lives. The id `""` means "anything". */
export function useChanges(listener: Listener): void {
  listeners.add(listener)
  onScopeDispose(() => listeners.delete(listener))
}

/** The connection light. */
export function useLight() {
  return { light: readonly(light), since: readonly(since) }
}
