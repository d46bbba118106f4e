/** Lengths of time as the rule files write them (`24h`, `5 working days`), in the words of the office. */

const units: Record<string, string> = { h: '小时', m: '分钟', s: '秒' }

/** `24h` → `24 小时`; what is no length stays as it is. */
export function spanWords(span: string): string {
  const found = /^(\d+)([hms])$/.exec(span)
  return found ? `${found[1]} ${units[found[2]!]}` : span
}

/** How long a clock of a policy runs. */
export function lengthWords(length: string): string {
  const days = /^(\d+) working days?$/.exec(length)
  if (days) return `${days[1]} 个工作日`
  const share = /^(\d+)% of main, at least (\w+)$/.exec(length)
  if (share) return `主时限剩余时间的 ${share[1]}%，至少 ${spanWords(share[2]!)}`
  const until = /^until main, at least (\w+)$/.exec(length)
  if (until) return `到主时限到期，至少 ${spanWords(until[1]!)}`
  return length === 'given' ? '由交办人给定' : spanWords(length)
}

/** A step of a ladder relative to the due time: `-6h` → `到期前 6 小时`. */
export function stepWords(at: string): string {
  const found = /^([-+]?)(\d+[hms])$/.exec(at)
  if (!found) return at
  if (/^0/.test(found[2]!)) return '到期时'
  return `到期${found[1] === '-' ? '前' : '后'} ${spanWords(found[2]!)}`
}
