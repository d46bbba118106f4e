/** How what runs stands, in rows and sentences: pure. */
import type { Region, Standing } from '@/api/types'
import type { County } from '@/charts/options'

export type Look = 'calm' | 'half' | 'near' | 'urgent' | 'overdue'

/** Looks of a running clock, the most pressing first, with their words (`screens.md`). */
export const LOOKS: readonly { look: Look; word: string }[] = [
  { look: 'overdue', word: '超时' },
  { look: 'urgent', word: '已用九成以上' },
  { look: 'near', word: '已用七成半以上' },
  { look: 'half', word: '已用过半' },
  { look: 'calm', word: '不到一半' },
]

/** Open clocks by look: all, and those that the law sets. */
export function clocksByLook(standing: Standing): { look: Look; word: string; all: number; statutory: number }[] {
  return LOOKS.map(({ look, word }) => ({
    look,
    word,
    all: standing.clocks.reduce((sum, of) => sum + of[look], 0),
    statutory: standing.clocks.filter((of) => of.force === 'statutory').reduce((sum, of) => sum + of[look], 0),
  }))
}

/** What is no county on the map. */
const CITY = 'xuancheng'

/** Each county with its cases, also those that have none; and what lies in the city at large or nobody knows where. */
export function counties(standing: Standing, regions: readonly Region[]): { counties: County[]; city: number; unknown: number } {
  const of = (id: string | null) => standing.regions.find((row) => (row.region ?? null) === id)
  const named = regions.filter((region) => region.id !== CITY).map((region) => ({ name: region.name, open: of(region.id)?.open ?? 0, overdue: of(region.id)?.overdue ?? 0 }))
  const known = new Set([...regions.map((region) => region.id), CITY])
  const unknown = standing.regions.filter((row) => !row.region || !known.has(row.region)).reduce((sum, row) => sum + row.open, 0)
  return { counties: named, city: of(CITY)?.open ?? 0, unknown }
}

/** The map in a sentence. */
export function mapSays(rows: readonly County[]): string {
  const some = [...rows].filter((row) => row.open > 0).sort((a, b) => b.open - a.open)
  if (some.length === 0) return '各县市区没有在办事件'
  return `各县市区在办事件：${some.map((row) => `${row.name} ${row.open} 件${row.overdue > 0 ? `（超时 ${row.overdue}）` : ''}`).join('、')}`
}
