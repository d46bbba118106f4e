/** Splits a text at the words that decided something, so that they can be marked. */

export interface Piece {
  text: string
  hit: boolean
}

/** Longest list of words that is marked in one text. */
const WORDS_MAX = 40

/** Pieces of `text` in order; longer words win over the shorter ones inside them. */
export function pieces(text: string, words: readonly string[]): Piece[] {
  const wanted = [...new Set(words.map((word) => word.trim()).filter((word) => word.length > 0))]
    .sort((a, b) => b.length - a.length)
    .slice(0, WORDS_MAX)
  if (wanted.length === 0 || text === '') return text === '' ? [] : [{ text, hit: false }]
  const pattern = new RegExp(wanted.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'gi')
  const found: Piece[] = []
  let from = 0
  for (const match of text.matchAll(pattern)) {
    if (match.index > from) found.push({ text: text.slice(from, match.index), hit: false })
    found.push({ text: match[0], hit: true })
    from = match.index + match[0].length
  }
  if (from < text.length) found.push({ text: text.slice(from), hit: false })
  return found
}
