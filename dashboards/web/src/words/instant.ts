/** Instants and lengths of time as an office reads them, always in Beijing time, whatever the machine's zone. */

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const BEIJING_OFFSET_MS = 8 * HOUR_MS

const two = (n: number) => String(n).padStart(2, '0')

/** The civil fields of an instant in Beijing. */
function fields(ms: number) {
  const at = new Date(ms + BEIJING_OFFSET_MS)
  return {
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
    weekday: at.getUTCDay(),
  }
}

/** `2026-07-01 09:05` */
export function fullTime(at: string | number | null | undefined): string {
  const ms = toMs(at)
  if (ms === null) return '—'
  const f = fields(ms)
  return `${f.year}-${two(f.month)}-${two(f.day)} ${two(f.hour)}:${two(f.minute)}`
}

/** `09:05`, `昨天 09:05`, `07-01 09:05`, with the year where it is another one: by the day of `now`. */
export function shortTime(at: string | number | null | undefined, now: number): string {
  const ms = toMs(at)
  if (ms === null) return '—'
  const f = fields(ms)
  const clock = `${two(f.hour)}:${two(f.minute)}`
  const days = Math.floor((now + BEIJING_OFFSET_MS) / DAY_MS) - Math.floor((ms + BEIJING_OFFSET_MS) / DAY_MS)
  if (days === 0) return clock
  if (days === 1) return `昨天 ${clock}`
  if (days === -1) return `明天 ${clock}`
  const date = `${two(f.month)}-${two(f.day)}`
  return f.year === fields(now).year ? `${date} ${clock}` : `${f.year}-${date} ${clock}`
}

/** `7月1日 周三 09:05:06` for the top bar. */
export function longClock(ms: number): string {
  const f = fields(ms)
  return `${f.month}月${f.day}日 周${'日一二三四五六'[f.weekday]} ${two(f.hour)}:${two(f.minute)}:${two(f.second)}`
}

/** How long, in the two largest units that say something; seconds only within the last hour. */
export function length(ms: number): string {
  const span = Math.abs(ms)
  if (span < HOUR_MS) {
    const minutes = Math.floor(span / MINUTE_MS)
    const seconds = Math.floor((span % MINUTE_MS) / 1000)
    return minutes > 0 ? `${minutes}分${two(seconds)}秒` : `${seconds}秒`
  }
  return roughLength(span)
}

/** How long without seconds: `31小时20分`, `3天4小时`. */
export function roughLength(ms: number): string {
  const span = Math.abs(ms)
  if (span < MINUTE_MS) return '不到1分钟'
  if (span < HOUR_MS) return `${Math.floor(span / MINUTE_MS)}分钟`
  if (span < 3 * DAY_MS) {
    const hours = Math.floor(span / HOUR_MS)
    const minutes = Math.floor((span % HOUR_MS) / MINUTE_MS)
    return minutes > 0 ? `${hours}小时${two(minutes)}分` : `${hours}小时`
  }
  const days = Math.floor(span / DAY_MS)
  const hours = Math.floor((span % DAY_MS) / HOUR_MS)
  return hours > 0 ? `${days}天${hours}小时` : `${days}天`
}

/** `3分钟前` */
export function ago(at: string | number | null | undefined, now: number): string {
  const ms = toMs(at)
  if (ms === null) return '从未'
  if (now - ms < MINUTE_MS) return '刚刚'
  return `${roughLength(now - ms)}前`
}

/** Milliseconds since the epoch; null where nothing or nonsense is given. */
export function toMs(at: string | number | null | undefined): number | null {
  if (at === null || at === undefined || at === '') return null
  const ms = typeof at === 'number' ? at : Date.parse(at)
  return Number.isNaN(ms) ? null : ms
}

/** What a date picker shows (`2026-07-01T09:05:00`, Beijing's wall clock) as an instant with its offset. */
export function fromWallClock(text: string): string {
  return `${text}+08:00`
}

/** Beijing's wall clock of an instant, for a date picker. */
export function toWallClock(ms: number): string {
  const f = fields(ms)
  return `${f.year}-${two(f.month)}-${two(f.day)}T${two(f.hour)}:${two(f.minute)}:00`
}
