import { describe, expect, it } from 'vitest'

import { headComment, toYaml } from './yaml'

describe('the YAML of a form', () => {
  it('quotes what YAML would read as something else, and keeps the comment on top', () => {
    const text = toYaml(
      { id: 'own', name: '是：否', on: 'yes', when: '白羊 ~4 走失', every: '10m', date: '2026-12-01', lead: null, supporting: [], noteworthy: true },
      '# 由办公室维护\n# 第二行\nid: own\n',
    )
    expect(text).toBe('# 由办公室维护\n# 第二行\nid: own\nname: 是：否\non: "yes"\nwhen: "白羊 ~4 走失"\nevery: "10m"\ndate: "2026-12-01"\nnoteworthy: true\n')
  })

  it('writes short rows on a line and long ones in blocks', () => {
    const text = toYaml({ tiers: { deputy: [{ id: 'a.deputy', name: '张三', user: 'zhang', phone: '' }] }, examples: { matches: ['甲', '乙: 丙'] }, rules: [{ of: { a: 1 }, list: ['x'] }] })
    expect(text).toBe('tiers:\n  deputy:\n    - { id: a.deputy, name: 张三, user: zhang }\nexamples:\n  matches:\n    - 甲\n    - "乙: 丙"\nrules:\n  - of: { a: 1 }\n    list:\n      - x\n')
  })

  it('knows no comment where none stands on top', () => {
    expect(headComment('id: a\n# later\n')).toBe('')
  })
})
