/** What a form holds, as the YAML of a rule file: plain, in the order of the keys, with the comment that stood on top. */

/** A text that YAML reads as nothing but that text, so that it needs no quotes. */
const PLAIN = /^[\p{Script=Han}A-Za-z][\p{Script=Han}A-Za-z0-9_./（）、，。；：“”《》？！·-]*$/u
/** What YAML reads as something else. */
const TAKEN = /^(true|false|null|yes|no|on|off|y|n)$/i

function scalar(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value !== 'string') return String(value)
  return PLAIN.test(value) && !TAKEN.test(value) ? value : JSON.stringify(value)
}

const isEmpty = (value: unknown) => value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
const isLeaf = (value: unknown) => typeof value !== 'object' || value === null
/** A row that fits on a line: a holder of a roster, a rate. */
const isShort = (value: object) => Object.values(value).every(isLeaf) && JSON.stringify(value).length <= 160

function flow(value: object): string {
  const parts = Object.entries(value).filter(([, item]) => !isEmpty(item))
  return `{ ${parts.map(([key, item]) => `${key}: ${scalar(item)}`).join(', ')} }`
}

function lines(value: object, indent: string): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown) => {
      if (isLeaf(item)) return [`${indent}- ${scalar(item)}`]
      if (!Array.isArray(item) && isShort(item as object)) return [`${indent}- ${flow(item as object)}`]
      const [first = '', ...rest] = lines(item as object, `${indent}  `)
      return [`${indent}- ${first.trimStart()}`, ...rest]
    })
  }
  return Object.entries(value)
    .filter(([, item]) => !isEmpty(item))
    .flatMap(([key, item]) => {
      if (isLeaf(item)) return [`${indent}${key}: ${scalar(item)}`]
      if (!Array.isArray(item) && isShort(item as object)) return [`${indent}${key}: ${flow(item as object)}`]
      return [`${indent}${key}:`, ...lines(item as object, `${indent}  `)]
    })
}

/** The comment on top of a file: what a person wrote about it. */
export function headComment(text: string): string {
  const head: string[] = []
  for (const line of text.split('\n')) {
    if (!line.startsWith('#')) break
    head.push(line)
  }
  return head.length > 0 ? `${head.join('\n')}\n` : ''
}

/** The file of a value. Keys without a value are left out. */
export function toYaml(value: Record<string, unknown>, before = ''): string {
  return `${headComment(before)}${lines(value, '').join('\n')}\n`
}
