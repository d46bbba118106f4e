/** Keeps the page's own files for when there is no connection (`public/sw.js`); never data. */

/** Registers the worker once the first view stands, and tells it what that view had loaded before. */
export function keepShell(): void {
  // Browsers have workers on TLS and on localhost only; without one the page works as before.
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  const begin = async () => {
    // What will be shown when nothing can be fetched any more.
    await import('@/pages/OfflinePage.vue')
    await navigator.serviceWorker.register('/sw.js')
    const ready = await navigator.serviceWorker.ready
    const loaded = performance.getEntriesByType('resource').map((entry) => entry.name)
    ready.active?.postMessage({ keep: loaded.filter((name) => new URL(name).pathname.startsWith('/assets/')) })
  }
  addEventListener('load', () => void begin().catch(() => {}), { once: true })
}
