/** How like two titles are: what two cases of one matter have in common, for a person to look at, never to decide by. */

const SIGNS = /[\s\p{P}\p{S}]+/gu

function pairs(text: string): Map<string, number> {
  const letters = [...text.toLowerCase().replace(SIGNS, '')]
  const all = new Map<string, number>()
  for (let at = 0; at + 1 < letters.length; at += 1) {
    const pair = `${letters[at]}${letters[at + 1]}`
    all.set(pair, (all.get(pair) ?? 0) + 1)
  }
  return all
}

/** 0–1: of the pairs of neighbouring characters, the share that both have (Dice). */
export function likeness(one: string, other: string): number {
  const [a, b] = [pairs(one), pairs(other)]
  const size = (of: Map<string, number>) => [...of.values()].reduce((sum, n) => sum + n, 0)
  const all = size(a) + size(b)
  if (all === 0) return 0
  let both = 0
  for (const [pair, n] of a) both += Math.min(n, b.get(pair) ?? 0)
  return (2 * both) / all
}
