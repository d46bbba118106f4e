/**
 * A drill watched: a case arrives, its countdown runs, it goes overdue, it appears at leadership; the department answers
 * another one and its clock stops. 900 times faster than life: an hour in four seconds.
 */
import { expect, test, type Browser } from '@playwright/test'

import { beginning, clock, expectNoSidewaysScroll, inQueue, logIn, openCase, picture, watch } from './desk'
import { answeredTitle, arrivingTitle, drill, lateTitle } from './scenario'
import { startDrill, type Service } from './service'

const SPEED = 900
/** Twenty seconds after the drill's begin: time enough to log in. */
const ARRIVES_AFTER_MINUTES = 300
const PHONE = { width: 390, height: 844 }

let service: Service

test.describe.configure({ mode: 'serial' })
test.beforeAll(async () => {
  service = await startDrill(drill('ecology', ARRIVES_AFTER_MINUTES), SPEED)
})
test.afterAll(() => service?.stop())

const phoneOf = (browser: Browser) => browser.newPage({ viewport: PHONE, hasTouch: true, isMobile: true })

test('a case arrives while the analyst looks on, and a countdown runs until it is overdue', async ({ page }) => {
  const wrong = watch(page, service)
  await logIn(page, service, 'analyst')
  await expect(page.getByText('演练', { exact: true })).toBeVisible()
  await expect(page.getByText('实时', { exact: true })).toBeVisible()
  await openCase(page, lateTitle)
  const statement = clock(page, '权威信息首发')
  await expect(statement).toContainText('剩')
  const first = await statement.innerText()
  await expect(statement).not.toHaveText(first)
  await picture(page, 'analyst-countdown')
  await expect(statement).toContainText('超', { timeout: 60_000 })
  await expect(statement).toContainText('法定')
  await expect(inQueue(page, arrivingTitle)).toBeVisible({ timeout: 60_000 })
  await statement.click()
  await expect(page.getByText('为什么是这个时间')).toBeVisible()
  await expect(page.getByText('连续计时 5 小时')).toBeVisible()
  await picture(page, 'analyst-overdue')
  expect(wrong).toEqual([])
})

test('what is overdue stands at leadership, on a phone, and a leader takes note of it', async ({ browser }) => {
  const page = await phoneOf(browser)
  const wrong = watch(page, service)
  await logIn(page, service, 'leader')
  const card = page.locator('.leader-card', { hasText: beginning(lateTitle) })
  await expect(card).toBeVisible()
  await expect(card).toContainText('超')
  await expect(card).toContainText('市生态环境局')
  await expectNoSidewaysScroll(page)
  await picture(page, 'leader-phone')
  await card.getByRole('button', { name: '已知悉' }).tap()
  await expect(card.locator('.done')).toHaveText('已知悉')
  await card.getByRole('button', { name: '批示' }).tap()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: '批示', exact: true }).tap()
  await expect(dialog).toContainText('请写批示内容')
  await dialog.getByLabel('批示内容').fill('请生态环境局今晚公布监测数据')
  await expectNoSidewaysScroll(page)
  await picture(page, 'leader-instructs')
  await dialog.getByRole('button', { name: '批示', exact: true }).tap()
  await expect(dialog).toBeHidden()
  await expect(card.getByRole('region', { name: '批示' })).toContainText('已批示 · 办理中')
  await card.getByRole('link').first().tap()
  await expect(page.getByRole('region', { name: '过程' })).toContainText('请生态环境局今晚公布监测数据')
  await expectNoSidewaysScroll(page)
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
  await expect(page.getByRole('button', { name: '提交回应', exact: true })).toBeVisible()
  await page.getByRole('button', { name: '提交回应', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('链接').fill('not a link')
  await dialog.getByRole('button', { name: '提交', exact: true }).click()
  await expect(dialog).toContainText('http://')
  await expect(dialog.getByLabel('链接')).toHaveValue('not a link')
  await dialog.getByLabel('链接').fill('https://www.example.gov.cn/notice/1')
  const passed = dialog.getByRole('group', { name: '发布审核' }).getByRole('checkbox')
  await expect(passed).toHaveCount(3)
  for (const aspect of ['政治关', '法律关', '保密关']) {
    await expect(dialog.getByRole('checkbox', { name: aspect })).not.toBeChecked()
    await dialog.getByText(aspect, { exact: true }).click()
  }
  await dialog.getByRole('button', { name: '提交', exact: true }).click()
  await expect(dialog.getByRole('region', { name: '将要记录的内容' })).toContainText('https://www.example.gov.cn/notice/1')
  await picture(page, 'respond-confirm')
  await dialog.getByRole('button', { name: '确认提交' }).click()
  await expect(dialog).toBeHidden()
  const answer = clock(page, '公开回应')
  await expect(answer).toContainText('按时 · 提前')
  const stopped = await answer.locator('.text').innerText()
  await picture(page, 'department-answered')
  await page.reload()
  await expect(clock(page, '公开回应').locator('.text')).toHaveText(stopped)
  expect(wrong).toEqual([])
})

test('the analyst closes what was answered', async ({ page }) => {
  await logIn(page, service, 'analyst')
  await openCase(page, answeredTitle)
  await page.getByRole('button', { name: '更多' }).click()
  await page.getByRole('menuitem', { name: '办结' }).click()
  await page.getByRole('button', { name: '已公开回应，群众没有新的诉求' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '确定' }).click()
  await expect(inQueue(page, answeredTitle)).toContainText('已办结')
})

test('nothing scrolls sideways on a phone, in any room', async ({ browser }) => {
  const page = await phoneOf(browser)
  await logIn(page, service, 'analyst')
  await expect(page.locator('.queue .item').first()).toBeVisible()
  for (const path of ['/', '/triage', '/approvals', '/leader', '/ledger', '/supervision', '/scorecard', '/mentions', '/posts', '/sources', '/rules', '/rules?view=topics', '/roster', '/notifications']) {
    await page.goto(`${service.url}${path}`)
    await expect(page.locator('main .el-skeleton')).toHaveCount(0)
    await expectNoSidewaysScroll(page)
    await picture(page, `phone${path.replaceAll(/[/?=]/g, '-')}`)
  }
  await page.goto(`${service.url}/ledger`)
  await page.getByRole('button', { name: beginning(lateTitle) }).last().tap()
  await expect(page.getByRole('dialog')).toContainText('发现并立件')
  await expectNoSidewaysScroll(page)
  await page.close()

  const theirs = await phoneOf(browser)
  await logIn(theirs, service, 'department')
  await theirs.getByRole('link', { name: beginning(lateTitle) }).tap()
  await expect(theirs.getByRole('heading', { level: 1, name: beginning(lateTitle) })).toBeVisible()
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
