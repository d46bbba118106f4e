import { expect, test } from 'vitest'

import { mediaName } from './media'

test('a medium and a site are told by name, the id of a source is not', () => {
  expect(mediaName('宣城日报')).toBe('宣城日报')
  expect(mediaName('www.example.gov.cn')).toBe('www.example.gov.cn')
  expect(mediaName('letters')).toBeNull()
  expect(mediaName('drill-weibo_2')).toBeNull()
  expect(mediaName(null)).toBeNull()
})
