import { describe, expect, it } from 'vitest'

import { howWord, isFileId, withEnabled } from './files'

describe('rule files', () => {
  it('switches a source on and off and leaves the rest as it is written', () => {
    expect(withEnabled('# 注\nid: a\nenabled: true # 常开\nlist: { items: li }\n', false)).toBe('# 注\nid: a\nenabled: false\nlist: { items: li }\n')
    expect(withEnabled('id: a\n', false)).toBe('id: a\nenabled: false\n')
    expect(withEnabled('id: a', true)).toBe('id: a\nenabled: true\n')
  })

  it('says how an edition came to be', () => {
    expect([howWord({ how: 'outside' }), howWord({ how: 'saved' })]).toEqual(['在界面之外改动', '修改'])
  })

  it('knows an id that can be a file', () => {
    expect([isFileId('water-2026'), isFileId('../x'), isFileId('停水'), isFileId('')]).toEqual([true, false, false, false])
  })
})
