/**
 * The offline shell: the page and its scripts and styles, so that without a connection the page opens and says so. It never
 * touches the API: data of an office are kept nowhere outside the service.
 */
const CACHE = 'shell-__BUILD__'
const PAGE = '/'

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.add(new Request(PAGE, { cache: 'no-cache' })))
      .then(() => self.skipWaiting()),
  )
})

self.addEventListener('activate', (event) => {
  const drop = (names) => Promise.all(names.filter((name) => name.startsWith('shell-') && name !== CACHE).map((name) => caches.delete(name)))
  event.waitUntil(
    caches
      .keys()
      .then(drop)
      .then(() => self.clients.claim()),
  )
})

/** Files under assets/ carry a hash in their name: what is kept is right for ever. */
const isAsset = (url) => url.origin === self.location.origin && url.pathname.startsWith('/assets/')

async function asset(request) {
  const cache = await caches.open(CACHE)
  const kept = await cache.match(request)
  if (kept) return kept
  const answer = await fetch(request)
  if (answer.ok) await cache.put(request, answer.clone())
  return answer
}

async function page(request) {
  try {
    return await fetch(request)
  } catch (error) {
    const kept = await caches.match(PAGE)
    if (kept) return kept
    throw error
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin || url.pathname.startsWith('/api/')) return
  if (request.mode === 'navigate') event.respondWith(page(request))
  else if (isAsset(url)) event.respondWith(asset(request))
})

/** What the page loaded before this worker stood by is kept, too; it comes from the browser's own cache. */
self.addEventListener('message', (event) => {
  const urls = (event.data?.keep ?? []).filter((url) => isAsset(new URL(url)))
  event.waitUntil(caches.open(CACHE).then((cache) => Promise.all(urls.map((url) => cache.match(url).then((kept) => kept ?? cache.add(url))))))
})
