/** What people do to a case, at their desks: a minute of the drill passes in a second, so that no time runs out meanwhile. */
import { expect, test, type Page } from '@playwright/test'

import { choose, clock, expectLiveRail, expectToast, inQueue, logIn, openCase, picture, unfold, watch } from './desk'
import { answeredTitle, arrivingTitle, drill, lateTitle } from './scenario'
import { startDrill, type Service } from './service'

const SPEED = 60
/** With the others, right at the start. */
const ARRIVES_AFTER_MINUTES = 2

let service: Service

test.describe.configure({ mode: 'serial' })
test.beforeAll(async () => {
  service = await startDrill(drill('ecology', ARRIVES_AFTER_MINUTES), SPEED)
})
test.afterAll(() => service?.stop())

const waiting = (page: Page) => page.getByRole('region', { name: '等待复核' })

test('every entry of the rail opens a page', async ({ page }) => {
  const wrong = watch(page, service)
  await logIn(page, service, 'analyst')
  await expect(inQueue(page, arrivingTitle)).toBeVisible()
  await expectLiveRail(page)
  await page.getByRole('link', { name: '规则' }).click()
  await page.getByText('单位职责', { exact: true }).click()
  await page.getByLabel('筛选规则').fill('生态环境')
  await expect(page.getByRole('heading', { name: '市生态环境局' })).toBeVisible()
  expect(wrong).toEqual([])
})

test('a first grading that would end a running conference clock waits for a second person', async ({ page, browser }) => {
  await logIn(page, service, 'analyst')
  await openCase(page, lateTitle)
  await page.keyboard.press('g')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('事件等级').getByText('较大', { exact: true }).click()
  await dialog.getByRole('button', { name: '确定' }).click()
  await expect(dialog).toContainText('请写明理由')
  await dialog.getByLabel('理由').fill('经核实，送医三人，均为轻伤')
  await dialog.getByRole('button', { name: '确定' }).click()
  await expect(waiting(page)).toContainText('由您提出')
  await expect(waiting(page).getByRole('button')).toHaveCount(0)
  await expect(clock(page, '新闻发布会')).toContainText('剩')

  const second = await browser.newPage()
  await logIn(second, service, 'analyst2')
  await openCase(second, lateTitle)
  await expect(waiting(second)).toContainText('研判员甲')
  await picture(second, 'second-person')
  await waiting(second).getByRole('button', { name: '同意' }).click()
  await expect(waiting(second)).toBeHidden()
  await expect(waiting(page)).toBeHidden()
  await expect(clock(page, '公开回应')).toContainText('剩')
  await expect(page.locator('.decide')).toContainText('经核实，送医三人')
  await second.close()
})

test('a dismissal of a large case waits too, and nothing changes when it is rejected', async ({ page, browser }) => {
  await logIn(page, service, 'analyst2')
  await openCase(page, lateTitle)
  await page.keyboard.press('d')
  await page.getByRole('dialog').getByLabel('理由').fill('不在本市境内')
  await page.getByRole('dialog').getByRole('button', { name: '确定' }).click()
  await expectToast(page, '已提交，等待第二人复核')
  await expect(inQueue(page, lateTitle)).toContainText('待复核')

  const second = await browser.newPage()
  await logIn(second, service, 'analyst')
  await openCase(second, lateTitle)
  await expect(waiting(second)).toContainText('不在本市境内')
  await waiting(second).getByRole('button', { name: '驳回' }).click()
  await expect(waiting(second)).toBeHidden()
  await expect(clock(second, '公开回应')).toContainText('剩')
  await expect(inQueue(page, lateTitle)).not.toContainText('待复核')
  await second.close()
})

test('the analyst works by keyboard: next and back, confirms one, dismisses another and takes that back', async ({ page }) => {
  await logIn(page, service, 'analyst')
  await page.getByRole('tab', { name: '全部' }).click()
  await inQueue(page, arrivingTitle).click()
  const title = page.locator('.incident h1')
  await expect(title).toHaveText(arrivingTitle)
  await page.keyboard.press('j')
  await expect(title).toHaveText(answeredTitle)
  await page.keyboard.press('k')
  await expect(title).toHaveText(arrivingTitle)
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog')).toContainText('键盘操作')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()

  await page.keyboard.press('d')
  await page.getByRole('button', { name: '旧闻重发' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '确定' }).click()
  await page.getByRole('button', { name: '撤销' }).click()
  await expectToast(page, '已撤销，恢复处置')

  await inQueue(page, answeredTitle).click()
  await expect(title).toHaveText(answeredTitle)
  await page.keyboard.press('c')
  await expectToast(page, '已确认系统建议')
  await expect(inQueue(page, answeredTitle)).not.toContainText('系统建议')
})

test('typing begins in the first field at once; a list that is opened right away stays open; Esc closes', async ({ page }) => {
  await logIn(page, service, 'analyst')
  await openCase(page, arrivingTitle)
  // On a slow machine a dialog fades in for long; nothing may hang on that.
  await page.addStyleTag({ content: '.el-overlay, .el-overlay * { animation-duration: 20s !important; transition-duration: 20s !important }' })
  const dialog = page.getByRole('dialog')
  await page.keyboard.press('d')
  await expect(dialog.getByLabel('理由')).toBeFocused({ timeout: 15_000 })
  await page.keyboard.press('Escape')
  await page.reload()
  await openCase(page, arrivingTitle)
  await page.addStyleTag({ content: '.el-overlay, .el-overlay * { animation-duration: 1s !important; transition-duration: 1s !important }' })
  await page.getByRole('button', { name: '更多', exact: true }).first().click()
  await page.getByRole('menuitem', { name: '登记回应', exact: true }).click()
  const kind = dialog.getByLabel('回应形式')
  await unfold(page, kind)
  // One that is cut short counts as ended.
  await dialog.evaluate((overlay) => Promise.allSettled(overlay.getAnimations({ subtree: true }).map((running) => running.finished)))
  await expect(kind).toHaveAttribute('aria-expanded', 'true')
  await page.getByRole('option', { name: '直接答复', exact: true }).click()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
})

test('what was typed stays when the service does not take it', async ({ page }) => {
  await logIn(page, service, 'analyst')
  await openCase(page, arrivingTitle)
  await page.route('**/acts', (route) => route.abort())
  await page.keyboard.press('g')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('理由').fill('涉及十二户，持续两个月')
  await dialog.getByRole('button', { name: '确定' }).click()
  await expect(dialog.getByRole('alert')).toContainText('没有保存')
  await picture(page, 'not-saved')
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await page.unroute('**/acts')
  await page.keyboard.press('g')
  await expect(dialog.getByLabel('理由')).toHaveValue('涉及十二户，持续两个月')
  await dialog.getByRole('button', { name: '确定' }).click()
  await expect(page.locator('.decide')).toContainText('涉及十二户')
})

test('a case is assigned by keyboard, the department returns it, and the office has it again', async ({ page, browser }) => {
  const department = await browser.newPage()
  await logIn(department, service, 'department')
  await expect(department.getByRole('heading', { level: 1 })).toContainText('贵单位有')

  await logIn(page, service, 'analyst')
  await openCase(page, arrivingTitle)
  await page.keyboard.press('a')
  await choose(page, '牵头单位', '市生态环境局')
  await page.getByRole('dialog').getByRole('button', { name: '交办' }).click()
  await expect(page.getByRole('dialog')).toBeHidden()

  await department.getByRole('link', { name: arrivingTitle }).click()
  await department.getByRole('button', { name: '退回' }).click()
  const dialog = department.getByRole('dialog')
  await dialog.getByRole('button', { name: '退回' }).click()
  await expect(dialog).toContainText('请写明为什么不属于贵单位职责')
  await dialog.getByLabel('理由').fill('房屋渗漏属住房和城乡建设部门职责')
  await choose(department, '建议由谁办理', '市住房和城乡建设局')
  await dialog.getByRole('button', { name: '退回' }).click()
  await expect(dialog).toBeHidden()
  await expect(department).toHaveURL(/\/department$/)
  await expect(department.getByText('已退回', { exact: true })).toBeVisible()
  await expect(department.getByRole('link', { name: arrivingTitle })).toHaveCount(0)
  await picture(department, 'department-returned')
  await department.close()

  await openCase(page, arrivingTitle)
  await expect(page.locator('.incident')).toContainText('目前由 市政府办公室 负责')
  await expect(page.locator('.decide')).toContainText('房屋渗漏属住房和城乡建设部门职责')
  await picture(page, 'returned')
})

test('two cases are merged by keyboard, and parted again', async ({ page }) => {
  await logIn(page, service, 'analyst')
  await openCase(page, arrivingTitle)
  await page.keyboard.press('m')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: '合并' }).click()
  await expect(dialog).toContainText('请选择合并到哪一件')
  await dialog.getByLabel('按编号或标题查找').fill('红绿灯')
  await page.keyboard.press('Enter')
  await dialog.getByText(answeredTitle).click()
  await picture(page, 'merge')
  await dialog.getByRole('button', { name: '合并' }).click()
  await expect(dialog).toBeHidden()

  await openCase(page, arrivingTitle)
  await expect(page.locator('.incident')).toContainText('已合并')
  await page.getByRole('button', { name: '撤销合并' }).click()
  await dialog.getByRole('button', { name: '撤销合并' }).click()
  await expect(page.locator('.incident .state')).not.toHaveText('已合并')
})

test('nobody opens what is not theirs', async ({ page }) => {
  await logIn(page, service, 'department')
  await expectLiveRail(page)
  for (const path of ['/triage', '/leader', '/users', '/sources', '/rules']) {
    await page.goto(`${service.url}${path}`)
    await expect(page).toHaveURL(/\/department$/)
    await expect(page.getByText(/您的角色（承办单位）不能打开/)).toBeVisible()
  }
  await page.goto(`${service.url}/department/20260511-9999`)
  await expect(page.getByRole('alert')).toContainText('没有这件舆情')
})
