/** Acts around a case and the records that they leave: 会商、移交、整改、批示、反馈、拆分. A minute passes in a second. */
import { expect, test, type Browser, type Page } from '@playwright/test'

import { clock, expectNoSidewaysScroll, expectToast, inQueue, logIn, modal, openCase, openIncident, picture, records, takeAct, watch } from './desk'
import { answeredTitle, joinedTitle, lateTitle, recordsDrill } from './scenario'
import { startDrill, type Service } from './service'

const SPEED = 60
const PHONE = { width: 390, height: 844 }

let service: Service

test.describe.configure({ mode: 'serial' })
test.beforeAll(async () => {
  service = await startDrill(recordsDrill('ecology'), SPEED)
})
test.afterAll(() => service?.stop())

async function another(browser: Browser, user: string, title: string): Promise<Page> {
  const page = await browser.newPage()
  await logIn(page, service, user)
  await openIncident(page, title)
  return page
}

test('a case that calls for a consultation offers it, wants all four findings, and keeps them when nothing is saved', async ({ page }) => {
  const wrong = watch(page, service)
  await logIn(page, service, 'analyst')
  await openIncident(page, lateTitle)
  await expect(records(page, '会商研判')).toContainText('待会商')
  await page.getByRole('button', { name: '会商研判', exact: true }).click()
  const dialog = modal(page)
  await dialog.getByLabel('事件性质').fill('生产安全事故，暂无人为破坏迹象')
  await dialog.getByLabel('舆情走势').fill('本地论坛向微博扩散')
  await dialog.getByLabel('可能的风险').fill('家长集中到校门口')
  await dialog.getByRole('button', { name: '登记会商' }).click()
  await expect(dialog).toContainText('请填写处置建议')
  await dialog.getByLabel('处置建议').fill('今晚公布监测数据')
  await page.route('**/acts', (route) => route.abort())
  await dialog.getByRole('button', { name: '登记会商' }).click()
  await expect(dialog.getByText('没有保存')).toBeVisible()
  await picture(page, 'consult-not-saved')
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await page.unroute('**/acts')
  await page.getByRole('button', { name: '会商研判', exact: true }).click()
  await expect(dialog.getByLabel('处置建议')).toHaveValue('今晚公布监测数据')
  await dialog.getByRole('button', { name: '登记会商' }).click()
  await expect(dialog).toBeHidden()
  await expect(records(page, '会商研判')).toHaveCount(1)
  await expect(records(page, '会商研判')).toContainText('已会商')
  await expect(records(page, '会商研判')).toContainText('家长集中到校门口')
  await expect(clock(page, '会商研判')).toContainText('按时')
  expect(wrong).toEqual([])
})

test('a referral waits for a second person, then for the hand-over, and every look at it is recorded', async ({ page, browser }) => {
  await logIn(page, service, 'analyst')
  await openIncident(page, lateTitle)
  await takeAct(page, '移交线索')
  await modal(page).getByRole('button', { name: '提请移交' }).click()
  await expectToast(page, '已提交，等待第二人复核')
  const referral = records(page, '线索移交')
  await expect(referral).toContainText('待第二人复核')
  await expect(referral).toContainText('市公安局、市委网信办')
  await expect(page.getByRole('region', { name: '等待复核' })).toContainText('由您提出')
  await expect(page.getByRole('region', { name: '等待复核' })).toContainText('移交给市公安局、市委网信办')
  await expect(referral.getByRole('button', { name: '确认已移交' })).toHaveCount(0)

  const second = await another(browser, 'analyst2', lateTitle)
  await second.getByRole('region', { name: '等待复核' }).getByRole('button', { name: '同意' }).click()
  await expect(records(second, '线索移交')).toContainText('已同意，待移交')
  await second.close()

  await referral.getByRole('button', { name: '确认已移交' }).click()
  await modal(page).getByRole('button', { name: '确认已移交' }).click()
  await expect(referral.locator('.state')).toHaveText('已移交')

  await referral.getByRole('button', { name: '调阅材料' }).click()
  await expect(modal(page)).not.toContainText(joinedTitle)
  await modal(page).getByRole('button', { name: '调阅并记录' }).click()
  await expect(modal(page)).toContainText(joinedTitle)
  await expect(modal(page)).toContainText('校验码')
  await picture(page, 'sealed')
  await modal(page).getByRole('button', { name: '关闭', exact: true }).click()
  await expect(page.getByRole('region', { name: '过程' })).toContainText('查看移交材料')
})

test('a rectification needs a term that lies ahead; the department tells its result', async ({ page, browser }) => {
  await logIn(page, service, 'analyst')
  await openIncident(page, lateTitle)
  await takeAct(page, '限期整改')
  const dialog = modal(page)
  await dialog.getByLabel('整改要求').fill('园区涉事企业立即停产，逐一检测安全联锁')
  await dialog.getByRole('button', { name: '责令整改' }).click()
  await expect(dialog).toContainText('请选择办理期限')
  const term = dialog.getByLabel('办理期限')
  await term.fill('2026-05-11 08:00')
  await page.keyboard.press('Enter')
  await dialog.getByRole('button', { name: '责令整改' }).click()
  await expect(dialog).toContainText('办理期限要晚于现在')
  await term.fill('2026-05-20 18:00')
  await page.keyboard.press('Enter')
  await dialog.getByRole('button', { name: '责令整改' }).click()
  await expect(dialog).toBeHidden()
  const card = records(page, '限期整改')
  await expect(card).toContainText('市生态环境局')
  await expect(card.getByRole('button', { name: /限期整改\s*：.*剩/ })).toBeVisible()

  const department = await browser.newPage()
  await logIn(department, service, 'department')
  await department.getByRole('link', { name: lateTitle.slice(0, 20) }).click()
  await records(department, '限期整改').getByRole('button', { name: '登记结果' }).click()
  await modal(department).getByLabel('办理结果').fill('两家企业已停产，检测完成')
  await modal(department).getByRole('button', { name: '登记', exact: true }).click()
  await expect(modal(department)).toBeHidden()
  await expect(records(department, '限期整改')).toContainText('已办结')
  await picture(department, 'department-result')
  await department.close()
  await expect(card).toContainText('两家企业已停产，检测完成')
  await expect(card.getByRole('button', { name: /限期整改\s*：.*按时/ })).toBeVisible()
})

test('a review attests what a person ticked, and nothing is ticked beforehand', async ({ page }) => {
  await logIn(page, service, 'analyst')
  await openIncident(page, answeredTitle)
  await takeAct(page, '发布审核')
  const dialog = modal(page)
  const aspects = dialog.getByRole('group', { name: '已通过' }).getByRole('checkbox')
  await expect(aspects).toHaveCount(3)
  for (const aspect of await aspects.all()) await expect(aspect).not.toBeChecked()
  await dialog.getByRole('button', { name: '登记审核' }).click()
  await expect(dialog).toContainText('请选择已通过哪一关')
  await dialog.getByText('法律关').click()
  await dialog.getByRole('button', { name: '登记审核' }).click()
  await expect(dialog).toBeHidden()
  const told = page.getByRole('region', { name: '过程' }).locator('li', { hasText: '拟发布的' }).first()
  await expect(told).toContainText('法律关')
  await expect(told).not.toContainText('政治关')
})

test('an instruction without a term is concluded too, by the one that was chosen', async ({ page }) => {
  await logIn(page, service, 'analyst')
  await openIncident(page, lateTitle)
  for (const [name, field, text, done] of [
    ['批示', '批示内容', '请生态环境局今晚公布监测数据', '批示'],
    ['上级交办', '交办内容', '省政府办公厅要求三日内报送核查情况', '登记交办'],
    ['重点督查', '督查事由', '群众反复追问监测数据', '启动督查'],
    ['通报', '通报事由', '监测数据三次答复口径不一', '通报'],
  ] as const) {
    await takeAct(page, name)
    if (name === '批示') {
      await modal(page).getByRole('button', { name: '批示', exact: true }).click()
      await expect(modal(page)).toContainText('请写明是哪位领导的批示')
      await modal(page).getByLabel('批示领导').fill('李副市长')
      await page.keyboard.press('Enter')
    }
    await modal(page).getByLabel(field).fill(text)
    await modal(page).getByRole('button', { name: done, exact: true }).click()
    await expect(modal(page)).toBeHidden()
    await expect(records(page, name)).toContainText(text)
  }
  await expect(records(page, '批示')).toContainText('李副市长')
  await expect(records(page, '批示')).toContainText('登记人 研判员甲')
  await page.getByRole('button', { name: '登记办理结果' }).click()
  await modal(page).getByText('上级交办：省政府办公厅').click()
  await modal(page).getByLabel('办理结果').fill('已书面报送')
  await modal(page).getByRole('button', { name: '登记', exact: true }).click()
  await expect(records(page, '上级交办')).toContainText('已书面报送')
  await expect(records(page, '批示').locator('.state')).toHaveText('办理中')
  await expect(records(page, '重点督查').locator('.state')).toHaveText('办理中')
  await picture(page, 'records')
})

test('what was planned is confirmed, what was answered is rated, and a citizen who is not satisfied starts the clock again', async ({ page }) => {
  await logIn(page, service, 'analyst')
  await openIncident(page, lateTitle)
  await page.getByRole('button', { name: '确认已举行' }).click()
  await expect(modal(page).getByLabel('实际时间')).toHaveValue('2026-05-11 09:04')
  await modal(page).getByRole('button', { name: '确认已举行' }).click()
  await expect(clock(page, '新闻发布会')).toContainText('按时')

  await page.goto(`${service.url}/triage`)
  await openIncident(page, answeredTitle)
  await takeAct(page, '登记回应')
  await modal(page).getByLabel('链接').fill('https://www.example.gov.cn/notice/2')
  await modal(page).getByRole('button', { name: '提交', exact: true }).click()
  await modal(page).getByRole('button', { name: '确认提交' }).click()
  await expect(clock(page, '公开回应')).toContainText('按时')
  await takeAct(page, '满意度反馈')
  await modal(page).getByRole('button', { name: '登记反馈' }).click()
  await expect(modal(page)).toContainText('请选择是否满意')
  await modal(page).getByText('不满意', { exact: true }).click()
  await modal(page).getByRole('button', { name: '登记反馈' }).click()
  await expect(modal(page)).toBeHidden()
  await expect(page.getByRole('region', { name: '过程' })).toContainText('重新启动（第 2 轮）')
  await expect(clock(page, '公开回应')).toContainText('剩')
})

test('a case is watched, and split into two', async ({ page }) => {
  await logIn(page, service, 'analyst')
  await openIncident(page, lateTitle)
  await takeAct(page, '持续关注')
  await modal(page).getByLabel('复查日').fill('2026-05-25')
  await page.keyboard.press('Enter')
  await modal(page).getByLabel('理由').fill('等第三方检测报告')
  await modal(page).getByRole('button', { name: '确定' }).click()
  await expect(records(page, '持续关注')).toContainText('复查日 2026-05-25')

  await takeAct(page, '拆分')
  await modal(page).getByRole('button', { name: '拆分' }).click()
  await expect(modal(page)).toContainText('请选择要移出的信息')
  await modal(page).getByText(joinedTitle).click()
  await modal(page).getByRole('button', { name: '拆分' }).click()
  await expect(modal(page)).toBeHidden()
  await page.goto(`${service.url}/triage`)
  await page.getByRole('tab', { name: '全部' }).click()
  await expect(inQueue(page, joinedTitle)).toBeVisible()
})

test('records and dialogs fit a phone, and a department is offered no act of the office', async ({ browser }) => {
  const page = await browser.newPage({ viewport: PHONE, hasTouch: true, isMobile: true })
  await logIn(page, service, 'analyst')
  await openIncident(page, lateTitle)
  await expect(records(page, '批示')).toBeVisible()
  await expectNoSidewaysScroll(page)
  await takeAct(page, '限期整改')
  await expectNoSidewaysScroll(page)
  await picture(page, 'phone-rectify')
  await page.close()

  const theirs = await browser.newPage()
  await logIn(theirs, service, 'department')
  await theirs.getByRole('link', { name: lateTitle.slice(0, 20) }).click()
  await expect(records(theirs, '重点督查')).toBeVisible()
  await expect(records(theirs, '重点督查').getByRole('button', { name: '登记结果' })).toHaveCount(0)
  await expect(records(theirs, '线索移交').getByRole('button', { name: '调阅材料' })).toHaveCount(0)
  await theirs.close()
})

test('the case at the analyst\'s desk shows the same records', async ({ page }) => {
  await logIn(page, service, 'analyst')
  await openCase(page, lateTitle)
  await expect(records(page, '会商研判')).toContainText('已会商')
  await picture(page, 'desk-records')
})
