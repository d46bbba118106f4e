/** What a page asks the engine to do, followed until it has ended. */
import * as endpoints from '@/api/endpoints'
import type { Errand, ErrandResult } from '@/api/types'

const LOOK_MS_FIRST = 250
const LOOK_MS_MAX = 1_500

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

type Kind = ErrandResult['kind']
export type ResultOf<K extends Kind> = Extract<ErrandResult, { kind: K }>

/** Asks, and waits for what comes of it; fails with the service's own words. `stopped` ends the waiting, not the errand. */
export async function follow<K extends Kind>(kind: K, asked: Errand, told: (percent: number) => void, stopped: () => boolean): Promise<ResultOf<K> | null> {
  let view = await endpoints.askErrand(asked)
  let ms = LOOK_MS_FIRST
  while (view.state === 'waiting' || view.state === 'running') {
    if (stopped()) return null
    told(view.progress)
    await pause(ms)
    ms = Math.min(ms * 1.5, LOOK_MS_MAX)
    view = await endpoints.errand(view.id)
  }
  if (view.state === 'failed') throw new Error(view.error ?? '没有完成')
  if (view.result?.kind !== kind) throw new Error('没有结果')
  return view.result as ResultOf<K>
}
