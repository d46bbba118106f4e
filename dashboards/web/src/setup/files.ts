/** Rule files by what they say, and the words about an edition. */
import * as endpoints from '@/api/endpoints'
import type { RuleText, RuleVersion } from '@/api/types'

/** What a rule file says, for a form. */
export type RuleValue = Record<string, unknown>

/** The folders with their Chinese names, in the order of a page. */
export const folderNames: Record<string, string> = {
  topics: '关注主题',
  sources: '信源',
  roster: '值班表',
  departments: '单位职责',
  policies: '时限政策',
  plans: '应急预案',
  assessments: '风险评估',
  places: '地名',
  calendar: '放假安排',
  correlation: '并件与立件',
}

/** The file of a folder that a rule stands in: the one of its name, else the one that says so. */
export async function fileOf(folder: string, key: string, wanted: string): Promise<RuleText | null> {
  const list = await endpoints.ruleFiles()
  const there = list.items.filter((row) => row.folder === folder && row.hash).map((row) => row.file)
  const guess = `${folder}/${wanted}.yaml`
  const ordered = there.includes(guess) ? [guess, ...there.filter((file) => file !== guess)] : there
  for (const file of ordered) {
    const text = await endpoints.ruleText(file)
    if ((text.value as RuleValue | null)?.[key] === wanted) return text
  }
  return null
}

/** How an edition came to be. */
export function howWord(version: Pick<RuleVersion, 'how'>): string {
  const words: Record<string, string> = { found: '首次读到', outside: '在界面之外改动', saved: '修改', restored: '恢复旧版', removed: '删除' }
  return words[version.how] ?? version.how
}

/** A file's id as a person may type it. */
export const isFileId = (text: string) => /^[a-z0-9][a-z0-9_-]{0,59}$/.test(text)

/** A source's file with collecting switched on or off; everything else stays as it is written. */
export function withEnabled(text: string, on: boolean): string {
  const line = `enabled: ${on}`
  if (/^enabled:.*$/m.test(text)) return text.replace(/^enabled:.*$/m, line)
  return `${text.replace(/\n*$/, '\n')}${line}\n`
}
