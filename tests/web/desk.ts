/** What every test does: log in, look, keep a picture. */
import { expect, type Locator, type Page } from '@playwright/test'

import type { Service } from './service'

/** Fills in the page of the log-in and sends it, whatever comes of it. */
export async function tryLogIn(page: Page, service: Service, user: string, password: string): Promise<void> {
  await page.goto(`${service.url}/login`)
  await page.getByLabel('用户名').fill(user)
  await page.getByLabel('密码', { exact: true }).fill(password)
  await page.getByRole('button', { name: '登录', exact: true }).click()
}

/** Logs in as a user would, from the page, and is in when it returns: who went elsewhere before would cut the log-in off. */
export async function logIn(page: Page, service: Service, user: string, password = service.passwords[user]): Promise<void> {
  await tryLogIn(page, service, user, password ?? '')
  await page.waitForURL((url) => url.pathname !== '/login', { timeout: 60_000 })
}

/** Changes the password that somebody was given, which the service asks for before anything else. */
export async function choosePassword(page: Page, given: string, own: string): Promise<void> {
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('请先改成只有自己知道的')
  await dialog.getByLabel('现在的密码').fill(given)
  await dialog.getByLabel('新密码', { exact: true }).fill(own)
  await dialog.getByLabel('再填一次新密码').fill(own)
  await dialog.getByRole('button', { name: '保存' }).click()
  await expect(dialog).toHaveCount(0)
}

/** The page says that it was done. Two toasts may stand for a moment, the older one on its way out. */
export async function expectToast(page: Page, words: string): Promise<void> {
  await expect(page.locator('.el-message').filter({ hasText: words }).last()).toBeVisible()
}

/** Keeps a picture under `test-results/`, to be looked at. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `test-results/screens/${name}.png` })
}

/** Nothing may scroll sideways, once pictures have followed a screen that has just become narrower. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const wider = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  await expect.poll(wider, { message: `${page.url()} is wider than the screen` }).toBeLessThanOrEqual(0)
}

/** Fails the test if a page breaks a rule of its own: an exception, or a call to another machine. */
export function watch(page: Page, service: Service): string[] {
  const wrong: string[] = []
  page.on('pageerror', (error) => wrong.push(`exception: ${error.message}`))
  page.on('request', (request) => {
    if (!request.url().startsWith(service.url) && !request.url().startsWith('data:')) wrong.push(`foreign request: ${request.url()}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 500) wrong.push(`${response.status()} from ${response.url()}`)
  })
  return wrong
}

/** Opens a select of the dialog on top by the keyboard. */
export async function unfold(page: Page, select: Locator): Promise<void> {
  // A dialog takes the focus as it opens. A test is quicker than any hand: it would have its own taken away again.
  await expect(page.locator('[aria-modal=true]:focus-within')).toHaveCount(1)
  await select.focus()
  await page.keyboard.press('Enter')
  await expect(select).toHaveAttribute('aria-expanded', 'true')
}

/** Opens a select by the keyboard and takes an option. */
export async function choose(page: Page, label: string, option: string | RegExp): Promise<void> {
  await unfold(page, page.getByRole('dialog').getByLabel(label))
  await page.getByRole('option', { name: option, exact: true }).click()
  await page.keyboard.press('Tab')
}

/** The service shortens long titles for lists; this much of one is always there. */
export const beginning = (title: string): string => title.slice(0, 20)

/** The first clock of that name on the page. */
export const clock = (page: Page, name: string): Locator => page.getByRole('button', { name: new RegExp(`时限\\s*${name}\\s*：`) }).first()

/** The row of a case in the analyst's queue. */
export const inQueue = (page: Page, title: string): Locator => page.locator('.queue .item', { hasText: beginning(title) })

/** Opens a case from the queue of all cases. */
export async function openCase(page: Page, title: string): Promise<void> {
  await page.getByRole('tab', { name: '全部' }).click()
  await inQueue(page, title).click()
  await expect(page.getByRole('heading', { level: 1, name: beginning(title) })).toBeVisible()
}

/** Opens the page of a case from the queue of all cases. */
export async function openIncident(page: Page, title: string): Promise<void> {
  await openCase(page, title)
  const id = new URL(page.url()).pathname.split('/').at(-1)
  await page.goto(new URL(`/incidents/${id}`, page.url()).href)
  await expect(page.getByRole('heading', { level: 1, name: beginning(title) })).toBeVisible()
}

/** The dialog that is open; a calendar that unfolds from it is one too, but not this one. */
export const modal = (page: Page): Locator => page.getByRole('dialog').and(page.locator('[aria-modal=true]'))

/** Takes an act from the menu of a case. */
export async function takeAct(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: '办理', exact: true }).click()
  await page.getByRole('menuitem', { name, exact: true }).click()
  await expect(modal(page)).toBeVisible()
}

/** The cards of the records of that kind. */
export const records = (page: Page, kind: string): Locator => page.getByRole('region', { name: '督办记录' }).getByRole('article', { name: kind })

/** Every entry of the rail opens a page of its own: a heading, nothing that failed, nothing that never comes. */
export async function expectLiveRail(page: Page): Promise<void> {
  const rail = page.getByRole('navigation', { name: '主导航' })
  await expect(rail.getByRole('link').first()).toBeVisible()
  for (const name of await rail.getByRole('link').allInnerTexts()) {
    await rail.getByRole('link', { name: name.trim(), exact: true }).click()
    await expect(rail.locator('[aria-current=page]')).toHaveText(name.trim())
    await expect(page.locator('main').getByRole('heading').first()).toBeAttached()
    await expect(page.locator('main .el-skeleton')).toHaveCount(0)
    await expect(page.locator('main').getByRole('alert')).toHaveCount(0)
  }
}

/** A picture that was drawn: ECharts came, and left marks. */
export const drawn = (page: Page, title: string | RegExp): Locator => page.getByRole('figure', { name: title }).locator('svg path').first()
