/** What whoever is on duty watches: official posts to be reposted, alarms, the order of the queue. */
import { expect, test } from '@playwright/test'

import { choose, expectNoSidewaysScroll, inQueue, logIn, picture, watch } from './desk'
import { answeredTitle, lateTitle, postsDrill } from './scenario'
import { startDrill, type Service } from './service'

const SPEED = 60

let service: Service

test.describe.configure({ mode: 'serial' })
test.beforeAll(async () => {
  service = await startDrill(postsDrill('ecology'), SPEED)
})
test.afterAll(() => service?.stop())

test('the accounts that have to repost stand by time left, and a repost takes one off the list', async ({ page }) => {
  const wrong = watch(page, service)
  await logIn(page, service, 'analyst')
  await expect(inQueue(page, lateTitle)).toBeVisible()
  await page.getByRole('link', { name: '官方发布' }).click()
  const rows = page.locator('li[data-account]')
  await expect(rows).toHaveCount(6)
  await expect(rows.first()).toContainText('市生态环境局 微博')
  await expect(rows.first()).toContainText('超')
  await expect(page.getByRole('status').filter({ hasText: '待转发' })).toContainText('2 个已超时')
  const looks = await rows.getByRole('button', { name: /时限/ }).allInnerTexts()
  expect(looks.map((look) => look.includes('超')), 'the overdue stand on top').toEqual([...looks.map((look) => look.includes('超'))].sort((a, b) => Number(b) - Number(a)))
  await picture(page, 'posts')

  await page.route('**/reposts', (route) => route.abort())
  await rows.first().getByRole('button', { name: '已转发' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: '已转发' }).click()
  await expect(dialog.getByText('没有保存')).toBeVisible()
  await page.unroute('**/reposts')
  await dialog.getByRole('button', { name: '已转发' }).click()
  await expect(dialog).toBeHidden()
  await expect(rows).toHaveCount(5)
  await page.getByText('全部', { exact: true }).click()
  await expect(rows.filter({ hasText: '逾期办结' })).toHaveCount(1)
  expect(wrong).toEqual([])
})

test('an official post is registered, and its accounts begin to count, also on a page that stands open elsewhere', async ({ page, browser }) => {
  const elsewhere = await browser.newPage()
  await logIn(elsewhere, service, 'analyst2')
  await expect(inQueue(elsewhere, lateTitle)).toBeVisible()
  await elsewhere.goto(`${service.url}/posts`)
  await expect(elsewhere.locator('[data-account="ecology.wechat"]').first()).toBeVisible()
  await expect(elsewhere.getByText('实时', { exact: true })).toBeVisible()
  await logIn(page, service, 'analyst')
  await expect(inQueue(page, lateTitle)).toBeVisible()
  await page.goto(`${service.url}/posts`)
  await page.getByRole('button', { name: '登记官方发布' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('标题').fill('关于园区监测数据的通报')
  await dialog.getByRole('button', { name: '登记', exact: true }).click()
  await expect(dialog).toContainText('请选择涉及的单位')
  await choose(page, '涉及的单位', '旌德县')
  await dialog.getByRole('button', { name: '登记', exact: true }).click()
  await expect(dialog).toBeHidden()
  await expect(page.locator('[data-account="jingde.weibo"]')).toContainText('剩')
  await expect(page.locator('[data-account="jingde.wechat"]')).toContainText('剩')
  const shown = elsewhere.locator('[data-account="jingde.weibo"]')
  await expect(shown).toContainText('关于园区监测数据的通报')
  await shown.getByRole('button', { name: /时限/ }).waitFor()
  await elsewhere.close()
})

test('a department sees its own accounts, on a phone, and registers for no other', async ({ browser }) => {
  const page = await browser.newPage({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
  await logIn(page, service, 'department')
  await expect(page.getByRole('heading', { level: 1 })).toContainText('贵单位有')
  await page.goto(`${service.url}/posts`)
  const rows = page.locator('li[data-account]')
  await expect(rows.first()).toBeVisible()
  expect(new Set((await rows.evaluateAll((all) => all.map((one) => one.getAttribute('data-account')?.split('.')[0]))))).toEqual(new Set(['ecology']))
  await expect(page.getByRole('button', { name: '登记官方发布' })).toHaveCount(0)
  await expectNoSidewaysScroll(page)
  await picture(page, 'phone-posts')
  await page.getByText('只看本单位账号').tap()
  await expect(page.locator('[data-account="housing.weibo"]')).toBeVisible()
  await expect(page.locator('[data-account="housing.weibo"]').getByRole('button', { name: '已转发' })).toHaveCount(0)
  await page.close()
})

test('alarms stand over every page of whoever keeps the service going, in the words of the service', async ({ page, browser }) => {
  const ready = { status: 'alarm', oldest_unfired_timer_seconds: 14.2, alarms: ['时限触发滞后 14 秒'], warnings: ['2027 年的放假安排尚未载入'] }
  const failed = { items: [{ id: '7', about: 'incident/20260511-0001', channel: 'wecom', recipient: 'xuancheng.duty_desk', created_at: '2026-05-11T09:00:00+08:00', attempts: 42, next_attempt_at: null, failed_at: '2026-05-12T15:00:00+08:00', error: '没有配置企业微信' }], next: null }
  await page.route('**/readyz', (route) => route.fulfill({ json: ready }))
  await page.route(/\/deliveries\?/, (route) => route.fulfill({ json: failed }))
  await logIn(page, service, 'analyst')
  const band = page.getByRole('alert', { name: '系统告警' })
  await expect(band).toContainText('时限触发滞后 14 秒')
  // What is not set up is the operator's to mend.
  await expect(band).not.toContainText('2027 年的放假安排尚未载入')
  await expect(band).toContainText('1 条通知没有送达，已放弃重试（企业微信）')
  await expect(inQueue(page, lateTitle)).toBeVisible()
  await picture(page, 'alarms')
  await band.getByRole('link', { name: '查看' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('通知投递')
  await expect(page.locator('main')).toContainText('没有配置企业微信')

  const theirs = await browser.newPage()
  await theirs.route('**/readyz', (route) => route.fulfill({ json: ready }))
  await logIn(theirs, service, 'department')
  await expect(theirs.getByRole('heading', { level: 1 })).toContainText('贵单位有')
  await expect(theirs.getByRole('alert', { name: '系统告警' })).toHaveCount(0)
  await theirs.close()
})

test('where all is well there is no alarm: the service really is asked', async ({ page }) => {
  const asked = page.waitForResponse((response) => new URL(response.url()).pathname === '/readyz')
  await logIn(page, service, 'analyst')
  const answer = await asked
  expect(answer.status()).toBe(200)
  const { alarms, warnings } = (await answer.json()) as { alarms: string[]; warnings: string[] }
  const told = [...alarms, ...warnings.filter((words) => words.startsWith('信源盲区'))]
  await expect(page.getByRole('alert', { name: '系统告警' })).toHaveCount(told.length > 0 ? 1 : 0)
})

test('the queue stands by time left of the clock that is due first', async ({ page }) => {
  await logIn(page, service, 'analyst')
  await page.getByRole('tab', { name: '在办' }).click()
  await expect(inQueue(page, answeredTitle)).toBeVisible()
  const { told, order } = await page.evaluate(async () => {
    const answer = (await (await fetch('/api/v1/incidents?view=open')).json()) as { items: { id: string; clocks: { due_at: string; state: string }[] }[] }
    const due = (row: { clocks: { due_at: string; state: string }[] }) => Math.min(...row.clocks.filter((clock) => ['running', 'breached'].includes(clock.state)).map((clock) => Date.parse(clock.due_at)))
    const ids = (rows: { id: string }[]) => rows.map((row) => row.id)
    return { told: ids(answer.items), order: ids([...answer.items].sort((a, b) => due(a) - due(b))) }
  })
  expect(told).toEqual(order)
  const shown = await page.locator('.queue [data-incident]').evaluateAll((all) => all.map((one) => one.getAttribute('data-incident')))
  expect(shown).toEqual(order)
  expect(shown.length).toBeGreaterThan(1)
})
