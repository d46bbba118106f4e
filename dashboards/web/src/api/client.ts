/** The one way to the service: same origin, cookie session, CSRF header, RFC 9457 errors. */

/** Longest time that a page waits for an answer. */
const REQUEST_TIMEOUT_MS = 30_000

/** A refused or failed call, with words that can stand on a screen. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
  ) {
    super(detail || title)
  }

  /** What to show: the service's own reason, else the title. */
  get words(): string {
    return this.detail || this.title
  }
}

type Query = Record<string, string | number | boolean | null | undefined>

let csrf = ''
let onSignedOut: () => void = () => {}

/** Sets the token that every writing call carries. */
export function setCsrf(token: string): void {
  csrf = token
}

/** What to do when the service no longer knows the session. */
export function whenSignedOut(action: () => void): void {
  onSignedOut = action
}

const API = '/api/v1'

function address(path: string, query?: Query): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '' && value !== false) params.set(key, String(value))
  }
  const text = params.toString()
  return `${path}${text ? `?${text}` : ''}`
}

async function problem(response: Response): Promise<ApiError> {
  const fallback: Record<number, string> = {
    401: '登录已失效，请重新登录',
    403: '没有权限做这项操作',
    404: '没有找到，可能已被移走',
    409: '内容已被他人更新，请核对后再提交',
    413: '内容太大',
    429: '操作过于频繁，请稍后再试',
  }
  const title = fallback[response.status] ?? (response.status >= 500 ? '服务出错，请稍后重试' : '请求没有被接受')
  try {
    const body = (await response.json()) as { title?: string; detail?: string }
    return new ApiError(response.status, body.title ?? title, body.detail ?? '')
  } catch {
    return new ApiError(response.status, title, '')
  }
}

async function call<T>(method: string, path: string, options: { query?: Query; body?: unknown; signal?: AbortSignal }): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf
  if (options.body !== undefined) headers['Content-Type'] = 'application/json'
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout
  let response: Response
  try {
    response = await fetch(address(path, options.query), {
      method,
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      credentials: 'same-origin',
      signal,
    })
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw new ApiError(0, '连不上服务', timeout.aborted ? '服务 30 秒没有应答' : '连不上服务，请检查网络后重试')
  }
  if (!response.ok) {
    const error = await problem(response)
    if (response.status === 401 && path !== `${API}/session`) onSignedOut()
    throw error
  }
  if (response.status === 204) return undefined as T
  const text = await response.text()
  return (text ? JSON.parse(text) : undefined) as T
}

export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) => call<T>('GET', API + path, { query, signal }),
  post: <T>(path: string, body?: unknown) => call<T>('POST', API + path, { body }),
  put: <T>(path: string, body: unknown) => call<T>('PUT', API + path, { body }),
  patch: <T>(path: string, body: unknown) => call<T>('PATCH', API + path, { body }),
  delete: <T>(path: string) => call<T>('DELETE', API + path, {}),
}

/** The address of something to be downloaded. */
export const addressOf = (path: string, query?: Query) => address(API + path, query)

/** What the service says of itself stands beside the API. */
export const ready = <T>(signal?: AbortSignal) => call<T>('GET', '/readyz', { signal })

/** The words of any failure. */
export function wordsOf(error: unknown): string {
  if (error instanceof ApiError) return error.words
  return error instanceof Error ? error.message : String(error)
}
