/**
 * A drill watched: a case arrives, its countdown runs, it goes overdue, it appears at leadership; the department answers
 * another one and its clock stops. 1,200 times faster than life: an hour in three seconds.
 */
import { expect, test, type Browser, type Page } from '@playwright/test'

import { choose, expectNoSidewaysScroll, logIn, picture, watch } from './desk'
import { answeredTitle, arrivingTitle, drill, lateTitle } from './scenario'
import { startDrill, type Service } from './service'

const SPEED = 1200
/** Fifteen seconds after the drill's begin: time enough to log in. */
const ARRIVES_AFTER_MINUTES = 300
const PHONE = { width: 390, height: 844 }

let service: Service

test.describe.configure({ mode: 'serial' })
test.beforeAll(async () => {
  service = await startDrill(drill('ecology', ARRIVES_AFTER_MINUTES), SPEED)
})
test.afterAll(() => service?.stop())

const clock = (page: Page, name: string) => page.getByRole('button', { name: new RegExp(`时限 ${name}：`) }).first()
const inQueue = (page: Page, title: string) => page.locator('.queue .item', { hasText: title.slice(0, 20) })
const phoneOf = (browser: Browser) => browser.newPage({ viewport: PHONE, hasTouch: true, isMobile: true })

test('a case arrives while the analyst looks on, and a countdown runs until it is overdue', async ({ page }) => {
  const wrong = watch(page, service)
  await logIn(page, service, 'analyst')
  await expect(page.getByText('演练', { exact: true })).toBeVisible()
  await expect(page.getByText('实时', { exact: true })).toBeVisible()
  await page.getByRole('tab', { name: '全部' }).click()
  await inQueue(page, lateTitle).click()
  const statement = clock(page, '权威信息首发')
  await expect(statement).toContainText('剩')
  const first = await statement.innerText()
  await expect(statement).not.toHaveText(first)
  await picture(page, 'analyst-countdown')
  await expect(statement).toContainText('超', { timeout: 40_000 })
  await expect(statement).toContainText('法定')
  await expect(inQueue(page, arrivingTitle)).toBeVisible({ timeout: 40_000 })
  await statement.click()
  await expect(page.getByText('为什么是这个时间')).toBeVisible()
  await picture(page, 'analyst-overdue')
  expect(wrong).toEqual([])
})

test('what is overdue stands at leadership, on a phone, and a leader takes note of it', async ({ browser }) => {
  const page = await phoneOf(browser)
  const wrong = watch(page, service)
  await logIn(page, service, 'leader')
  const card = page.locator('.leader-card', { hasText: lateTitle.slice(0, 20) })
  await expect(card).toBeVisible()
  await expect(card).toContainText('超')
  await expect(card).toContainText('市生态环境局')
  await expectNoSidewaysScroll(page)
  await picture(page, 'leader-phone')
  await card.getByRole('button', { name: '已知悉' }).tap()
  await expect(card.locator('.done')).toHaveText('已知悉')
  expect(wrong).toEqual([])
  await page.close()
})

test('the department signs for a case, answers it, and its clock stops', async ({ page }) => {
  const wrong = watch(page, service)
  await logIn(page, service, 'department')
  await expect(page.getByRole('heading', { level: 1 })).toContainText('贵单位有')
  await picture(page, 'department')
  await page.getByRole('link', { name: answeredTitle }).click()
  await expect(clock(page, '公开回应')).toContainText('剩')
  await page.getByRole('button', { name: '签收', exact: true }).click()
  await expect(page.getByRole('button', { name: '提交回应' })).toBeVisible()
  await page.getByRole('button', { name: '提交回应' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('链接').fill('not a link')
  await dialog.getByRole('button', { name: '提交', exact: true }).click()
  await expect(dialog).toContainText('http://')
  await expect(dialog.getByLabel('链接')).toHaveValue('not a link')
  await dialog.getByLabel('链接').fill('https://www.example.gov.cn/notice/1')
  await dialog.getByText('内容已经过发布审核').click()
  await dialog.getByRole('button', { name: '提交', exact: true }).click()
  await expect(dialog).toBeHidden()
  const answer = clock(page, '公开回应')
  await expect(answer).toContainText('按时 · 提前')
  const stopped = await answer.innerText()
  await picture(page, 'department-answered')
  await page.reload()
  await expect(clock(page, '公开回应')).toHaveText(stopped)
  expect(wrong).toEqual([])
})

test('a first grading that would end a running conference clock waits for a second person', async ({ page, browser }) => {
  await logIn(page, service, 'analyst')
  await page.getByRole('tab', { name: '全部' }).click()
  await inQueue(page, lateTitle).click()
  await expect(page.getByRole('heading', { level: 1, name: lateTitle })).toBeVisible()
  await page.keyboard.press('g')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('事件等级').getByText('较大', { exact: true }).click()
  await dialog.getByRole('button', { name: '确定' }).click()
  await expect(dialog).toContainText('请写明理由')
  await dialog.getByLabel('理由').fill('经核实，送医三人，均为轻伤')
  await dialog.getByRole('button', { name: '确定' }).click()
  const waiting = page.getByRole('region', { name: '等待复核' })
  await expect(waiting).toContainText('由您提出')
  await expect(waiting.getByRole('button')).toHaveCount(0)

  const second = await browser.newPage()
  await logIn(second, service, 'analyst2')
  await second.getByRole('tab', { name: '全部' }).click()
  await inQueue(second, lateTitle).click()
  await picture(second, 'second-person')
  await second.getByRole('region', { name: '等待复核' }).getByRole('button', { name: '同意' }).click()
  await expect(second.getByRole('region', { name: '等待复核' })).toBeHidden()
  await expect(page.getByRole('region', { name: '等待复核' })).toBeHidden()
  await expect(page.locator('.decide')).toContainText('经核实，送医三人')
  await second.close()
})

test('the analyst works by keyboard: assigns one case, dismisses another and takes that back', async ({ page }) => {
  await logIn(page, service, 'analyst')
  await page.getByRole('tab', { name: '全部' }).click()
  await inQueue(page, arrivingTitle).click()
  await expect(page.getByRole('heading', { level: 1, name: arrivingTitle })).toBeVisible()
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog')).toContainText('键盘操作')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()

  await page.keyboard.press('d')
  await page.getByRole('button', { name: '旧闻重发' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '确定' }).click()
  await page.getByRole('button', { name: '撤销' }).click()
  await expect(page.getByText('已撤销，恢复处置')).toBeVisible()

  await inQueue(page, arrivingTitle).click()
  await expect(page.getByRole('heading', { level: 1, name: arrivingTitle })).toBeVisible()
  await page.keyboard.press('a')
  await choose(page, '牵头单位', '市住房和城乡建设局')
  await page.getByRole('dialog').getByRole('button', { name: '交办' }).click()
  await expect(page.getByRole('dialog')).toBeHidden()
  await inQueue(page, arrivingTitle).click()
  await expect(page.locator('.decide')).toContainText('市住房和城乡建设局')
})

test('nothing scrolls sideways on a phone, in any room', async ({ browser }) => {
  const page = await phoneOf(browser)
  await logIn(page, service, 'analyst')
  await expect(page.locator('.queue .item').first()).toBeVisible()
  for (const path of ['/', '/triage', '/leader', '/ledger', '/mentions', '/sources', '/notifications']) {
    await page.goto(`${service.url}${path}`)
    await expect(page.locator('main .el-skeleton')).toHaveCount(0)
    await expectNoSidewaysScroll(page)
    await picture(page, `phone${path.replaceAll('/', '-')}`)
  }
  await page.goto(`${service.url}/ledger`)
  await page.getByRole('button', { name: lateTitle }).last().tap()
  await expect(page.getByRole('dialog')).toContainText('发现并立件')
  await expectNoSidewaysScroll(page)
  await page.close()

  const theirs = await phoneOf(browser)
  await logIn(theirs, service, 'department')
  await theirs.getByRole('link', { name: lateTitle }).tap()
  await expect(theirs.getByRole('heading', { level: 1, name: lateTitle })).toBeVisible()
  await expect(theirs.getByRole('heading', { name: '过程' })).toBeVisible()
  await expectNoSidewaysScroll(theirs)
  await picture(theirs, 'phone-department-case')
  await theirs.close()
})

test('when the service goes away the rows stay and the light says so', async ({ page }) => {
  await logIn(page, service, 'analyst')
  await page.getByRole('tab', { name: '全部' }).click()
  await expect(inQueue(page, lateTitle)).toBeVisible()
  await service.stop()
  await expect(page.getByText(/重连中|离线/)).toBeVisible()
  await expect(inQueue(page, lateTitle)).toBeVisible()
})
