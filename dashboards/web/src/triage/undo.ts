/** A toast that offers to take a dismissal back, for twelve seconds: long enough to read it twice. */
import { ElButton, ElNotification } from 'element-plus'
import { h } from 'vue'

import { wordsOf } from '@/api/client'
import { act } from '@/api/endpoints'
import { toast } from '@/frame/toast'

const OFFERED_MS = 12_000

/** What Z takes back, while it is offered. */
let offered: (() => Promise<void>) | null = null

/** Takes back what is offered to be taken back; false where nothing is. */
export function undoLast(): boolean {
  if (!offered) return false
  void offered()
  return true
}

/** Offers it; `after` runs once the case is back. */
export function showUndo(incident: string, title: string, after: () => unknown): void {
  async function undo(): Promise<void> {
    offered = null
    offer.close()
    try {
      await act(incident, { do: 'restore', reason: '误操作，撤销误报认定' })
      toast('已撤销，恢复处置')
      await after()
    } catch (failure) {
      toast(`没有撤销：${wordsOf(failure)}`, 'error')
    }
  }
  const offer = ElNotification({
    title: '已认定为误报',
    message: h('div', { style: 'overflow-wrap:anywhere' }, [
      h('p', { style: 'margin-bottom:8px' }, title),
      h(ElButton, { size: 'small', type: 'primary', onClick: () => void undo() }, () => '撤销（Z）'),
    ]),
    type: 'info',
    position: 'bottom-right',
    duration: OFFERED_MS,
    onClose: () => {
      if (offered === undo) offered = null
    },
  })
  offered = undo
}
