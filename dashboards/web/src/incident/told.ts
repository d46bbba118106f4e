/** Who has been told of a case, in words. */
import type { Told } from '@/api/types'
import { shortTime } from '@/words/instant'
import { tierWord } from '@/words/terms'

export function toldWords(told: Told, now: number, name: (id: string) => string): string {
  const where = told.jurisdiction && told.jurisdiction !== 'xuancheng' ? name(told.jurisdiction) : ''
  const received = told.received ? `，${shortTime(told.received, now)} 已知悉` : ''
  return `${where}${tierWord(told.tier)}${told.to ? ` ${told.to}` : ''}（${shortTime(told.at, now)}${told.skipped ? '，补记未发' : ''}${received}）`
}
