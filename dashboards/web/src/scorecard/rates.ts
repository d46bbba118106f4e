/** How bodies kept their statutory times, in shares and words. */
import type { BodyScore } from '@/api/types'

/** Statutory clocks that ended or breached: what a rate is made of. */
export const judged = (body: BodyScore): number => body.statutory_met + body.statutory_late

/** 0–1; null where nothing was judged. */
export const rate = (body: BodyScore): number | null => (judged(body) === 0 ? null : body.statutory_met / judged(body))

/** `92.3%`, never rounded up to a whole that it is not. */
export function percent(share: number | null): string {
  if (share === null) return '—'
  if (share === 1) return '100%'
  return `${(Math.floor(share * 1000) / 10).toFixed(1)}%`
}

/** The worst first, among equals whoever has more behind it; those of whom nothing was judged last. */
export function byRate(bodies: readonly BodyScore[]): BodyScore[] {
  return [...bodies].sort((a, b) => (rate(a) ?? 2) - (rate(b) ?? 2) || judged(b) - judged(a) || b.led - a.led)
}

/** All bodies in one. */
export function together(bodies: readonly BodyScore[]): { met: number; late: number; share: number | null } {
  const met = bodies.reduce((sum, body) => sum + body.statutory_met, 0)
  const late = bodies.reduce((sum, body) => sum + body.statutory_late, 0)
  return { met, late, share: met + late === 0 ? null : met / (met + late) }
}

/** Where a body stands among those of whom anything was judged: 1 is the best; bodies of the same rate share a place. */
export function placeOf(bodies: readonly BodyScore[], body: string): { place: number; of: number } | null {
  const known = bodies.filter((one) => rate(one) !== null)
  const own = known.find((one) => one.body === body)
  if (!own) return null
  return { place: 1 + known.filter((one) => (rate(one) ?? 0) > (rate(own) ?? 0)).length, of: known.length }
}
