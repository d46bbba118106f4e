/** A first start in an empty folder: log-in, what to do next, users, the first mention. */
import { expect, test } from '@playwright/test'

import { choose, choosePassword, expectLiveRail, expectNoSidewaysScroll, logIn, picture, tryLogIn, watch } from './desk'
import { committedTypes, generatedTypes } from './schema'
import { startFresh, type Service } from './service'

let service: Service

/** What the administrator chooses instead of the printed one. */
const OWN = 'tu9-Kelp-vrijdag'

test.beforeAll(async () => {
  service = await startFresh()
})
test.afterAll(() => service?.stop())

test('a wrong password is refused, says so and keeps the name', async ({ page }) => {
  await tryLogIn(page, service, 'admin', 'not the password')
  await expect(page.getByRole('alert')).toContainText('密码')
  await expect(page.getByLabel('用户名')).toHaveValue('admin')
  await expect(page).toHaveURL(/\/login/)
  await picture(page, 'log-in-refused')
})

test('whoever guesses has to wait, and is told how long', async ({ page }) => {
  for (let guesses = 0; guesses < 5; guesses += 1) {
    await tryLogIn(page, service, 'guesser', `guess ${guesses}`)
    await expect(page.getByRole('alert')).toContainText('用户名或密码不对')
  }
  // The wait doubles with each guess: on the slowest machine one comes too early in the end.
  const tooEarly = page.getByText(/登录失败次数过多，请 \d+ 秒后再试/)
  await expect(async () => {
    await page.getByRole('button', { name: '登录', exact: true }).click()
    await expect(tooEarly).toBeVisible({ timeout: 1_000 })
  }).toPass()
  await expect(page.getByLabel('用户名')).toHaveValue('guesser')
  await picture(page, 'log-in-limited')
})

test('a page behind the log-in sends there and comes back', async ({ page }) => {
  await page.goto(`${service.url}/sources`)
  await expect(page).toHaveURL(/\/login\?next=\/sources/)
  await page.getByLabel('用户名').fill('admin')
  await page.getByLabel('密码', { exact: true }).fill(service.passwords.admin ?? '')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/sources$/)
})

test('the first page says what to do next', async ({ page }) => {
  const wrong = watch(page, service)
  await logIn(page, service, 'admin')
  await expect(page.getByRole('dialog')).toContainText('请先改成只有自己知道的')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.getByRole('dialog').getByRole('button', { name: '退出登录' }).click()
  await expect(page).toHaveURL(/\/login/)
  await logIn(page, service, 'admin')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('现在的密码').fill(service.passwords.admin ?? '')
  await dialog.getByLabel('新密码', { exact: true }).fill('admin123456')
  await dialog.getByLabel('再填一次新密码').fill('admin123456')
  await dialog.getByRole('button', { name: '保存' }).click()
  await expect(dialog.getByRole('alert')).toContainText('太容易被猜到')
  await picture(page, 'password-refused')
  await choosePassword(page, service.passwords.admin ?? '', OWN)
  service.passwords.admin = OWN
  await expect(page.getByRole('heading', { name: '开始使用' })).toBeVisible()
  await expect(page.locator('li.next')).toContainText('建立用户')
  await expect(page.getByText('实时', { exact: true })).toBeVisible()
  await picture(page, 'first-page')
  expect(wrong).toEqual([])
})

test('the rail of an administrator has no dead entry, and the pages speak the types that the service describes', async ({ page }) => {
  await logIn(page, service, 'admin')
  await expectLiveRail(page)
  expect(await generatedTypes(service.url)).toBe(committedTypes())
})

test('an administrator adds a department, who sees only their rooms and no case', async ({ page, browser }) => {
  await logIn(page, service, 'admin')
  await page.getByRole('link', { name: '用户管理' }).click()
  await page.getByRole('button', { name: '新增用户' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: '保存' }).click()
  await expect(dialog).toContainText('请填写姓名')
  await dialog.getByLabel('登录名').fill('li')
  await dialog.getByLabel('姓名').fill('李承办')
  await choose(page, '角色', '承办单位')
  await choose(page, '所在单位', '市生态环境局')
  await dialog.getByRole('button', { name: '保存' }).click()
  const code = page.locator('code')
  await expect(code).toBeVisible()
  await picture(page, 'user-added')

  const theirs = await browser.newPage()
  const given = await code.innerText()
  await logIn(theirs, service, 'li', given)
  await choosePassword(theirs, given, 'seven quiet herons')
  await expect(theirs.getByRole('heading', { name: '贵单位目前没有要办的事项。' })).toBeVisible()
  await expect(theirs.getByRole('navigation', { name: '主导航' }).getByRole('link')).toHaveText(['值守总览', '承办台', '台账', '考核', '官方发布', '值班表', '我的通知'])
  await theirs.goto(`${service.url}/users`)
  await expect(theirs).toHaveURL(/\/department$/)
  await theirs.close()

  await page.getByRole('button', { name: '停用' }).last().click()
  await page.getByRole('dialog').getByRole('button', { name: '确定' }).click()
  await expect(page.getByText('已停用', { exact: true })).toBeVisible()
})

test('no page scrolls sideways on a phone', async ({ browser }) => {
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } })
  await logIn(page, service, 'admin')
  // A page that is opened before the answer has come knows no session yet.
  await expect(page.locator('main h1, main .title').first()).toBeVisible()
  for (const path of ['/', '/sources', '/rules', '/roster', '/users', '/notifications', '/nowhere']) {
    await page.goto(`${service.url}${path}`)
    await expect(page.locator('main h1, main .title').first()).toBeVisible()
    await expectNoSidewaysScroll(page)
  }
  await page.close()
})
