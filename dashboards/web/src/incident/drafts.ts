/** What was typed and not yet saved: kept by case and act until the service has taken it, through errors and log-ins. */
import { reactive } from 'vue'

const drafts = new Map<string, object>()

/** The draft of that name, made from `initial` where there is none. */
export function useDraft<T extends object>(key: string, initial: () => T): T {
  const known = drafts.get(key)
  if (known) return known as T
  const draft = reactive(initial()) as T
  drafts.set(key, draft)
  return draft
}

/** Forgets a draft, once it was saved. */
export function dropDraft(key: string): void {
  drafts.delete(key)
}
