/** An office set up from its pages, without touching a file: users, roster, a topic tried and backtested, a source, a channel. */
import { createServer, type Server } from 'node:http'
import { readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { expect, test, type Page } from '@playwright/test'

import { choose, choosePassword, clock, expectNoSidewaysScroll, expectToast, logIn, modal, openCase, picture, unfold, watch } from './desk'
import { startOffice, type Service } from './service'

const OWN = 'tu9-Kelp-vrijdag'
let site: Server
let service: Service & { rules: string }
let address = ''
let hooked = 0
/** Passwords that the page showed once, by user. */
const given: Record<string, string> = {}
/** What somebody wrote today, to be found by the first topic that the office makes. */
const COMPLAINT = '宣州区向阳镇昨晚白羊走失三只，打了两次电话没人管'

/** A site with a list of notices, and another system that takes ours. */
function answer(path: string): { type: string; body: string } | null {
  const titles = ['关于城东水厂检修停水的通知', '敬亭路道路施工交通管制公告', '市区公交线路优化调整方案公示', '关于开展食品安全专项检查的通告', '校园周边环境整治工作进展情况']
  if (path === '/robots.txt') return { type: 'text/plain', body: 'User-agent: *\nAllow: /\n' }
  if (path === '/tzgg/') {
    const rows = [...titles, COMPLAINT].map((title, at) => `<li class="item"><a href="/tzgg/${at}.html">${title}</a><span class="date">${dayOf(at)}</span></li>`)
    return { type: 'text/html; charset=utf-8', body: `<html><head><title>通知公告</title></head><body><ul class="news">${rows.join('')}</ul></body></html>` }
  }
  const page = /^\/tzgg\/(\d)\.html$/.exec(path)
  if (!page) return null
  const [title, day] = [[...titles, COMPLAINT][Number(page[1])], dayOf(Number(page[1]))]
  const text = title === COMPLAINT ? `${COMPLAINT}，希望有人来看看。`.repeat(3) : `${title}。根据工作安排，现将有关事项公告如下，请广大市民提前做好准备，有疑问可拨打服务热线咨询。`.repeat(4)
  return { type: 'text/html; charset=utf-8', body: `<html><head><title>${title}</title></head><body><h1>${title}</h1><p>发布时间：${day} 09:00 来源：市政府办公室</p><div id="zoom"><p>${text}</p><p>${text}</p></div></body></html>` }
}

/** Old ones, and one of today (in Beijing): what is old opens no case. */
function dayOf(item: number): string {
  return item < 5 ? `2026-02-2${item}` : new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)
}

// Each walk goes on with what the one before has set up.
test.describe.configure({ mode: 'serial' })

test.beforeAll(async () => {
  site = createServer((request, response) => {
    if (request.method === 'POST') {
      hooked += 1
      request.resume()
      response.writeHead(200).end('ok')
      return
    }
    const found = answer(request.url ?? '')
    response.writeHead(found ? 200 : 404, { 'content-type': found?.type ?? 'text/plain' }).end(found?.body ?? '')
  })
  await new Promise<void>((done) => site.listen(0, '127.0.0.1', done))
  address = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
  service = await startOffice({
    HUIYING_COLLECT__ALLOW_PRIVATE_ADDRESSES: 'true',
    HUIYING_COLLECT__CONTACT: 'office@example.gov.cn',
    HUIYING_NOTIFY__WEBHOOK__URL: `${address}/hook`,
    HUIYING_NOTIFY__WEBHOOK__SECRET: 'sixteen characters at least',
  })
})
test.afterAll(async () => {
  await service?.stop()
  await new Promise((done) => site.close(done))
})

const drawer = (page: Page) => page.getByRole('dialog').and(page.locator('.rule-drawer'))

/** Logs in and waits until it is done: a page that is opened before knows no session. */
async function enter(page: Page): Promise<void> {
  await logIn(page, service, 'admin')
  await expect(page).not.toHaveURL(/login/)
}

async function save(page: Page, why: string, button = '保存'): Promise<void> {
  const dialog = page.getByRole('dialog').last()
  await dialog.getByLabel('修改原因').fill(why)
  await dialog.getByRole('button', { name: button, exact: true }).click()
  // Another may have been saved just before, and its toast still stand: this one is saved when its dialog is gone.
  await expect(dialog).toHaveCount(0, { timeout: 60_000 })
  await expectToast(page, '已保存，立即生效')
}

test('a newcomer sees what is left to do, and how good a password is while typing it', async ({ page }) => {
  const wrong = watch(page, service)
  await logIn(page, service, 'admin')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('新密码', { exact: true }).fill('admin123456')
  await expect(dialog.getByText('密码太容易被猜到')).toBeVisible()
  await dialog.getByLabel('新密码', { exact: true }).fill(OWN)
  await expect(dialog.getByText('可以用')).toBeVisible()
  await choosePassword(page, service.passwords.admin ?? '', OWN)
  service.passwords.admin = OWN
  const steps = page.getByRole('region', { name: '开始使用' })
  await expect(steps).toContainText('还缺研判员、承办单位、领导的账号')
  await expect(steps).toContainText('还没有试通')
  await picture(page, 'setup-first-steps')
  expect(wrong).toEqual([])
})

test('users are made; a password stays until it is noted', async ({ page }) => {
  await enter(page)
  await page.goto(`${service.url}/users`)
  const add = async (user: string, name: string, role: string, body?: string, head = false) => {
    await page.getByRole('button', { name: '新增用户' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('登录名').fill(user)
    await dialog.getByLabel('姓名').fill(name)
    await choose(page, '角色', role)
    if (body) await choose(page, '所在单位', body)
    if (head) await dialog.getByText('单位负责人').click()
    await dialog.getByRole('button', { name: '保存' }).click()
    await expect(dialog).toHaveCount(0)
  }
  await add('wang', '王研判', '研判员')
  await add('zhao', '赵副市长', '领导')
  await add('li', '李科长', '承办单位', '市生态环境局')
  await add('sun', '孙局长', '承办单位', '市生态环境局', true)
  await expect(page.locator('code')).toHaveCount(4)
  for (const note of await page.locator('.note').all()) given[await note.locator('strong').innerText()] = await note.locator('code').innerText()
  await page.getByRole('link', { name: '值班表' }).click()
  await page.getByRole('link', { name: '用户管理' }).click()
  await expect(page.locator('code'), 'they stay until noted').toHaveCount(4)
  await picture(page, 'setup-users')
  for (let left = 4; left > 0; left -= 1) await page.getByRole('button', { name: '我已记下' }).first().click()
  await expect(page.locator('code')).toHaveCount(0)
  const body = page.getByRole('region', { name: '市生态环境局' })
  await expect(body.getByRole('listitem')).toHaveCount(2)
  await expect(body.getByRole('listitem').first()).toContainText('孙局长')
})

test('the roster warns of whom nothing reaches; an account is linked, a day is put on, leave is noted', async ({ page }) => {
  await enter(page)
  await page.goto(`${service.url}/roster?month=2026-12`)
  const alert = page.getByRole('alert').first()
  await page.getByRole('button', { name: '修改值班表' }).click()
  const deputy = drawer(page).getByRole('region', { name: '分管负责人' }).or(drawer(page).getByRole('region', { name: /分管/ })).first()
  await expect(deputy).toContainText('不存在或已停用')
  await unfold(page, deputy.getByLabel('关联账号'))
  await page.getByRole('option', { name: /赵副市长/ }).click()
  await deputy.getByLabel('电话').fill('0563-3020000')
  await expect(deputy).not.toContainText('不存在或已停用')
  const days = drawer(page).getByRole('region', { name: '单日替班' })
  await days.getByLabel('替班日期').fill('2026-12-31')
  await page.keyboard.press('Enter')
  await unfold(page, days.getByLabel('由谁值班'))
  await page.getByRole('option', { name: /王研判（账号 wang）/ }).click()
  await days.getByRole('button', { name: '排上' }).click()
  await expect(days).toContainText('2026-12-31')
  await picture(page, 'setup-roster-edit')
  await save(page, '关联账号并排好元旦前夜')
  await expect(page.getByRole('region', { name: '人员' })).toContainText('账号 zhao')
  const row = page.getByRole('row').filter({ hasText: '31 日' })
  await expect(row).toContainText('王研判')
  await expect(row).toContainText('替')
  await expect(alert).toBeVisible()
  expect(readFileSync(join(service.rules, 'roster/xuancheng.yaml'), 'utf8')).toContain('user: zhao')
  await picture(page, 'setup-roster')
})

test('a topic is made, refused while an example fails, tried, backtested, saved, changed and brought back', async ({ page }) => {
  await enter(page)
  await page.goto(`${service.url}/rules?view=topics`)
  await page.getByRole('button', { name: '新主题' }).click()
  await page.getByLabel('主题编号').fill('sheep')
  await page.getByRole('button', { name: '开始填写' }).click()
  const form = drawer(page)
  await form.getByLabel('主题名称').fill('羊群走失')
  await form.getByLabel('为什么关注').fill('试用')
  await form.getByLabel('关键词').fill('白羊 ~4 走失')
  await form.getByLabel('应当命中的例子', { exact: true }).fill('昨晚白羊走失三只')
  await form.getByLabel('不应命中的例子', { exact: true }).fill('白羊走失的故事')
  await form.getByLabel('修改原因').fill('试用新主题')
  await form.getByRole('button', { name: '保存', exact: true }).click()
  await expect(form.getByText('处要改')).toBeVisible({ timeout: 60_000 })
  await expect(form.getByText(/topics\/sheep\.yaml 第 \d+ 行/)).toBeVisible()
  await picture(page, 'setup-topic-refused')
  await form.getByLabel('不应命中的例子', { exact: true }).fill('白羊座运势')
  await form.getByLabel('帖文正文').fill('宣州区向阳镇昨晚白羊走失三只')
  await form.getByRole('button', { name: '按改后的规则试' }).click()
  await expect(form.getByText('会立件', { exact: true })).toBeVisible({ timeout: 60_000 })
  await form.getByRole('button', { name: '开始回测' }).click()
  await expect(form.getByText(/看了 0 条信息/)).toBeVisible({ timeout: 60_000 })
  await picture(page, 'setup-topic')
  await save(page, '试用新主题')
  const card = page.locator('article').filter({ hasText: '羊群走失' })
  await expect(card).toBeVisible()
  await card.getByRole('button', { name: /修改/ }).click()
  await form.getByLabel('关键词').fill('白羊 ~6 走失')
  await save(page, '放宽间隔')
  await card.getByRole('button', { name: /修改/ }).click()
  await form.getByText('历次版本').click()
  await expect(form.getByRole('listitem').first()).toContainText('放宽间隔')
  await form.getByRole('button', { name: '恢复这一版' }).click()
  await save(page, '还是原来的合适')
  expect(readFileSync(join(service.rules, 'topics/sheep.yaml'), 'utf8')).toContain('白羊 ~4 走失')
})

test('a file that was changed outside is shown as such', async ({ page }) => {
  const file = join(service.rules, 'topics/fire.yaml')
  writeFileSync(file, `${readFileSync(file, 'utf8')}# 手工\n`)
  await enter(page)
  await page.goto(`${service.url}/rules?view=files`)
  await expect(async () => {
    await page.reload()
    await expect(page.getByRole('region', { name: '关注主题' }).getByRole('listitem').filter({ hasText: 'fire.yaml' })).toContainText('在界面之外改动', { timeout: 10_000 })
  }).toPass()
  await picture(page, 'setup-files')
})

test('a source is proposed from its address, tried, saved, paused', async ({ page }) => {
  await enter(page)
  await page.goto(`${service.url}/sources`)
  await page.getByRole('button', { name: '添加信源' }).click()
  await page.getByLabel('网址', { exact: true }).fill('通知公告')
  await page.getByRole('button', { name: '看看这一页' }).click()
  await expect(page.getByRole('alert').filter({ hasText: '没有得到草案' })).toBeVisible({ timeout: 60_000 })
  await page.getByLabel('网址', { exact: true }).fill(`${address}/tzgg/`)
  await page.getByRole('button', { name: '看看这一页' }).click()
  const form = drawer(page)
  await expect(form.getByText('这一页有 6 条')).toBeVisible({ timeout: 60_000 })
  await form.getByLabel('名称', { exact: true }).fill('市政府通知公告')
  await form.getByLabel(/凭什么采集/).fill('政府网站公开栏目')
  await form.getByRole('button', { name: '试采一次' }).click()
  await expect(form.getByText(/共 6 条/)).toBeVisible({ timeout: 60_000 })
  await expect(form.getByRole('link', { name: '关于城东水厂检修停水的通知' })).toBeVisible()
  await expect(form.getByText('来源 市政府办公室').first()).toBeVisible()
  await picture(page, 'setup-source')
  await form.getByText('启用，按时采集').click()
  await save(page, '纳入采集')
  const row = page.getByRole('listitem').filter({ hasText: '市政府通知公告' })
  await expect(row).toContainText('正常', { timeout: 120_000 })
  await row.getByRole('button', { name: '暂停' }).click()
  await save(page, '对方改版，先停', '暂停')
  await expect(row).toContainText('已暂停')
  await picture(page, 'setup-sources')
})

test('a channel says how it is configured, and a test notice arrives', async ({ page }) => {
  await enter(page)
  await page.goto(`${service.url}/channels`)
  const mail = page.getByRole('article', { name: /邮件/ })
  await expect(mail).toContainText('未配置')
  await expect(mail).toContainText('[notify.smtp]')
  const hook = page.getByRole('article').filter({ hasText: 'HTTP 请求' })
  await hook.getByRole('button', { name: '发测试通知' }).click()
  await expect(hook).toContainText('已接收', { timeout: 60_000 })
  expect(hooked).toBeGreaterThan(0)
  await picture(page, 'setup-channels')
  await page.goto(service.url)
  const steps = page.getByRole('region', { name: '开始使用' })
  await expect(steps.locator('li.done').filter({ hasText: '试通一个通知渠道' })).toBeVisible()
  await expect(steps.locator('li.done').filter({ hasText: '建立用户' })).toBeVisible()
  await expect(steps.locator('li.done').filter({ hasText: '改成本地关注的主题' })).toBeVisible()
})

/** The first log-in of somebody who was given a password. */
async function begin(page: Page, user: string): Promise<void> {
  await logIn(page, service, user, given[user])
  await choosePassword(page, given[user] ?? '', OWN)
}

test('the first case is triaged, answered and exported by those who were invited', async ({ page, browser }) => {
  await begin(page, 'wang')
  await openCase(page, COMPLAINT)
  await page.keyboard.press('a')
  await choose(page, '牵头单位', '市生态环境局')
  await modal(page).getByRole('button', { name: '交办' }).click()
  await expect(modal(page)).toBeHidden()

  const theirs = await browser.newPage()
  await begin(theirs, 'li')
  await theirs.getByRole('link', { name: COMPLAINT.slice(0, 12) }).click()
  await theirs.getByRole('button', { name: '签收', exact: true }).click()
  await theirs.getByRole('button', { name: '提交回应', exact: true }).click()
  await modal(theirs).getByLabel('回应内容').fill('走失的羊已找回两只，另一只正在查找。')
  await modal(theirs).getByRole('button', { name: '提交', exact: true }).click()
  await modal(theirs).getByRole('button', { name: '确认提交' }).click()
  await expect(clock(theirs, '公开回应')).toContainText('按时')
  await picture(theirs, 'setup-first-answer')
  await theirs.close()

  await page.goto(`${service.url}/ledger`)
  await expect(page.getByRole('region', { name: '台账表' })).toContainText(COMPLAINT.slice(0, 12))
  const [csv] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: '导出 CSV' }).click()])
  expect(readFileSync(await csv.path(), 'utf8')).toContain(COMPLAINT)
  await page.goto(service.url)
  await expect(page.getByRole('region', { name: '开始使用' }).locator('li.done').filter({ hasText: '收到第一条信息' })).toBeVisible()
})

test('all of it fits a phone', async ({ browser }) => {
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } })
  await enter(page)
  await expect(page.locator('main h1, main .title').first()).toBeVisible()
  for (const path of ['/channels', '/roster', '/users', '/sources', '/rules?view=topics', '/rules?view=files', '/']) {
    await page.goto(`${service.url}${path}`)
    await expect(page.locator('main h1, main .title').first()).toBeVisible()
    await expect(page.locator('main .el-skeleton')).toHaveCount(0)
    await expectNoSidewaysScroll(page)
    await picture(page, `setup-phone-${path.replace(/\W+/g, '-')}`)
  }
  await page.goto(`${service.url}/rules?view=topics`)
  await page.locator('article').filter({ hasText: '羊群走失' }).getByRole('button', { name: /修改/ }).click()
  await expect(drawer(page).getByLabel('主题名称')).toBeVisible({ timeout: 20_000 })
  await expectNoSidewaysScroll(page)
  await picture(page, 'setup-phone-topic')
  await page.close()
})
