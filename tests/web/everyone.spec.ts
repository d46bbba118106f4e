/** For everyone: what axe finds on the pages of set-up and on every dialog, and which words stand on the pages of each role. */
import { expect, test, type Browser, type Locator, type Page } from '@playwright/test'

import { faults, settled } from './axe'
import { choosePassword, logIn, modal, openCase, openIncident } from './desk'
import { lateTitle, recordsDrill } from './scenario'
import { startDrill, startOffice, type Service } from './service'

const SPEED = 60

let service: Service

/** Roles for which a drill makes no user, and what they choose as their password. */
const ADDED = ['publicity', 'supervision', 'auditor']
const OWN = 'tu9-Kelp-vrijdag'

test.beforeAll(async ({ browser }) => {
  service = await startDrill(recordsDrill('ecology'), SPEED)
  const page = await browser.newPage()
  await logIn(page, service, 'admin')
  for (const role of ADDED) {
    const given = await page.evaluate(async (user) => {
      const { csrf } = (await (await fetch('/api/v1/session')).json()) as { csrf: string }
      const answer = await fetch('/api/v1/users', { method: 'POST', headers: { 'content-type': 'application/json', 'x-csrf-token': csrf }, body: JSON.stringify({ user, name: '试用人员', roles: [{ role: user }] }) })
      return ((await answer.json()) as { password: string }).password
    }, role)
    const theirs = await (await browser.newContext()).newPage()
    await logIn(theirs, service, role, given)
    await choosePassword(theirs, given, OWN)
    service.passwords[role] = OWN
    await theirs.context().close()
  }
  await page.context().close()
})
test.afterAll(() => service?.stop())

async function enter(browser: Browser, user: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  const page = await (await browser.newContext({ colorScheme })).newPage()
  await logIn(page, service, user)
  return page
}

/** Opens a page and waits until it stands. */
async function open(page: Page, at: Service, path: string): Promise<void> {
  await page.goto(`${at.url}${path}`)
  await expect(page.locator('main').locator('h1, h2, .empty').first()).toBeAttached()
  await settled(page)
}

/** Pages of the rail, and those that hang on them. */
const PAGES = ['/', '/triage', '/approvals', '/department', '/leader', '/ledger', '/scorecard', '/supervision', '/publicity', '/mentions', '/posts', '/sources', '/rules?view=policies', '/rules?view=topics', '/rules?view=bodies', '/rules?view=files', '/roster', '/record', '/deliveries', '/channels', '/users', '/notifications', '/drill', '/wall']
const ROLES = ['analyst', 'department', 'leader', 'admin', ...ADDED]

/** Words in Latin letters that people here do say; an address, a phone that is not filled in, and a hash are none. */
const SAID = /^(HTTP|RSS|JSON|YAML|CSV|Excel|PDF)$/
const NO_WORD = /(https?:\/\/\S+)|[\w.-]+\.(com|cn)\S*|0563-x+|\b[0-9a-f]{8,}\b/g
/** Whoever keeps the service reads what stands in the settings and who logs in by which name; the record is exact about both. */
const KEEPS: Record<string, string[]> = { admin: ['/', '/users', '/roster', '/channels', '/record', '/rules?view=files'], auditor: ['/record', '/rules?view=files'] }

for (const role of ROLES) {
  test(`the pages of ${role} say nothing that only a programmer reads`, async ({ browser }) => {
    const page = await enter(browser, role)
    const found: Record<string, string[]> = {}
    for (const path of PAGES) {
      await open(page, service, path)
      if (new URL(page.url()).pathname !== path.split('?')[0] || KEEPS[role]?.includes(path)) continue
      const text = (await page.locator('main').innerText()).replace(NO_WORD, '')
      const words = [...new Set(text.match(/[A-Za-z_][A-Za-z_-]{2,}|\d+\.\d{2,}/g) ?? [])].filter((word) => !SAID.test(word))
      if (words.length > 0) found[path] = words
    }
    await page.context().close()
    expect(found).toEqual({})
  })
}

test('axe finds nothing serious on the pages of set-up and their dialogs, light or dark', async ({ browser }) => {
  test.setTimeout(480_000)
  // A drill's rules stay as they are; an office's are edited.
  const office = await startOffice({})
  const page = await (await browser.newContext()).newPage()
  await logIn(page, office, 'admin')
  await choosePassword(page, office.passwords.admin ?? '', OWN)
  const visit = (path: string) => open(page, office, path)
  const found: Record<string, string[]> = {}
  const look = async (where: string) => {
    // The look follows the machine at once: what is open stays open, and nothing is asked anew.
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await expect(page.locator('html.dark')).toHaveCount(colorScheme === 'dark' ? 1 : 0)
      await settled(page)
      const list = await faults(page)
      if (list.length > 0) found[`${where}, ${colorScheme}`] = list
    }
  }
  for (const path of ['/', '/users', '/sources', '/roster', '/channels', '/record', '/deliveries', '/approvals', '/scorecard', '/notifications', '/posts', '/rules?view=policies', '/rules?view=topics', '/rules?view=bodies', '/rules?view=files', '/drill']) {
    await visit(path)
    await look(path)
  }
  /** Esc closes it, and the focus is back where it was opened. */
  const close = async (opener: Locator) => {
    await page.keyboard.press('Escape')
    await expect(modal(page)).toHaveCount(0)
    await expect(opener).toBeFocused()
  }
  const ask = async (opener: Locator) => {
    await opener.click()
    return opener
  }
  const button = (name: string | RegExp) => page.getByRole('button', { name }).first()
  await visit('/users')
  let opener = await ask(button('新增用户'))
  await look('a new user')
  await close(opener)
  opener = await ask(button(/^修改/))
  await look('a user')
  await close(opener)
  opener = await ask(button(/当前用户/))
  await look('the menu of the user')
  await page.getByRole('menuitem', { name: '修改密码' }).click()
  await expect(modal(page)).toBeVisible()
  await look('the password')
  await close(opener)
  await visit('/rules?view=topics')
  opener = await ask(button('新主题'))
  await look('a new topic')
  await close(opener)
  opener = await ask(button('修改、试与回测'))
  await expect(modal(page).getByLabel('主题名称')).toBeVisible()
  await look('a topic as a form')
  await modal(page).getByText('文本', { exact: true }).click()
  await look('a topic as text')
  await modal(page).getByText('历次版本', { exact: true }).click()
  await look('editions of a topic')
  await close(opener)
  await visit('/rules?view=files')
  opener = await ask(button(/查看|修改|打开/))
  await expect(modal(page)).toBeVisible()
  await look('a rule file')
  await close(opener)
  await visit('/sources')
  opener = await ask(button('添加信源'))
  await look('a new source')
  await close(opener)
  opener = await ask(button('启用'))
  await expect(modal(page)).toBeVisible()
  await look('a source to be switched on')
  await close(opener)
  await visit('/roster')
  opener = await ask(button('修改值班表'))
  await expect(modal(page).getByRole('region', { name: '单日替班' })).toBeVisible()
  await look('the roster')
  await close(opener)
  await page.context().close()
  await office.stop()
  expect(found).toEqual({})
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing serious on any dialog of a case, ${colorScheme}`, async ({ browser }) => {
    test.setTimeout(480_000)
    const page = await enter(browser, 'analyst', colorScheme)
    const found: Record<string, string[]> = {}
    const look = async (where: string) => {
      await settled(page)
      const list = await faults(page)
      if (list.length > 0) found[where] = list
    }
    await openCase(page, lateTitle)
    for (const key of ['g', 'a', 'd', 'm', '?']) {
      await page.keyboard.press(key)
      await expect(modal(page)).toBeVisible()
      await look(`key ${key}`)
      await page.keyboard.press('Escape')
      await expect(modal(page)).toHaveCount(0)
    }
    await openIncident(page, lateTitle)
    const menu = page.getByRole('button', { name: '办理', exact: true })
    await menu.click()
    const names = await page.getByRole('menuitem').allInnerTexts()
    await look('the menu of acts')
    await page.keyboard.press('Escape')
    for (const name of names.map((one) => one.trim())) {
      await menu.click()
      await page.getByRole('menuitem', { name, exact: true }).click()
      await expect(modal(page)).toBeVisible()
      await look(name)
      await page.keyboard.press('Escape')
      await expect(modal(page)).toHaveCount(0)
    }
    await page.context().close()
    expect(names.length).toBeGreaterThan(8)
    expect(found).toEqual({})
  })
}

/** Something that opens over a page, outside dialogs. */
interface Opens {
  name: string
  user: string
  path?: string
  phone?: boolean
  /** It unfolds by the focus alone. */
  byFocus?: boolean
  opener: (page: Page) => Locator
  opened: (page: Page) => Locator
}

const OPENS: Opens[] = [
  { name: 'why a clock is due then', user: 'analyst', opener: (page) => page.getByRole('button', { name: /时限.*：/ }).first(), opened: (page) => page.locator('.clock-why:visible') },
  { name: 'what a verdict should be', user: 'analyst', opener: (page) => page.getByRole('button', { name: /^判错了/ }).first(), opened: (page) => page.getByRole('menu').filter({ visible: true }) },
  { name: 'the acts of a case', user: 'analyst', opener: (page) => page.getByRole('button', { name: '办理', exact: true }), opened: (page) => page.getByRole('menu').filter({ visible: true }) },
  { name: 'the course of a case in the ledger', user: 'analyst', path: '/ledger', opener: (page) => page.locator('tbody .title').first(), opened: modal },
  { name: 'the options of a filter', user: 'analyst', path: '/ledger', opener: (page) => page.getByRole('combobox', { name: '按结论筛选' }), opened: (page) => page.getByRole('listbox').filter({ visible: true }) },
  { name: 'the calendar of a filter', user: 'analyst', path: '/ledger', byFocus: true, opener: (page) => page.getByRole('combobox', { name: '从哪一天发现' }), opened: (page) => page.locator('.el-picker-panel:visible') },
  { name: 'the menu of the user', user: 'analyst', path: '/ledger', opener: (page) => page.getByRole('button', { name: /当前用户/ }), opened: (page) => page.getByRole('menu', { name: /当前用户/ }) },
  { name: 'the rail on a phone', user: 'analyst', path: '/ledger', phone: true, opener: (page) => page.getByRole('button', { name: '打开导航' }), opened: modal },
  { name: 'a case over the queue on a phone', user: 'analyst', path: '/triage?view=all', phone: true, opener: (page) => page.locator('.queue .item').first(), opened: (page) => page.getByRole('heading', { level: 1 }).filter({ visible: true }) },
  { name: 'the question before somebody is shut out', user: 'admin', path: '/users', opener: (page) => page.getByRole('button', { name: /停用/, disabled: false }).first(), opened: (page) => page.getByRole('dialog') },
  { name: 'a new user', user: 'admin', path: '/users', opener: (page) => page.getByRole('button', { name: '新增用户' }), opened: modal },
]

test('Esc closes what opened, and the focus is back where it was', async ({ browser }) => {
  const pages: Record<string, Page> = { analyst: await enter(browser, 'analyst'), admin: await enter(browser, 'admin') }
  await openIncident(pages.analyst!, lateTitle)
  const incident = new URL(pages.analyst!.url()).pathname
  for (const one of OPENS) {
    await test.step(one.name, async () => {
      const page = pages[one.user]!
      await page.setViewportSize(one.phone ? { width: 390, height: 844 } : { width: 1440, height: 900 })
      await open(page, service, one.path ?? incident)
      const opener = one.opener(page)
      await opener.focus()
      if (!one.byFocus) await page.keyboard.press('Enter')
      await expect(one.opened(page)).toBeVisible()
      await settled(page)
      await page.keyboard.press('Escape')
      await expect(one.opened(page)).toHaveCount(0)
      await expect(opener).toBeFocused()
    })
  }
  for (const page of Object.values(pages)) await page.context().close()
})

test('Esc leaves the full screen of the wall', async ({ browser }) => {
  const page = await enter(browser, 'analyst')
  await open(page, service, '/wall')
  const button = page.getByRole('navigation', { name: '大屏' }).getByRole('button', { name: '全屏' })
  await button.click()
  await expect(button).toHaveText('退出全屏')
  await page.keyboard.press('Escape')
  await expect(button).toHaveText('全屏')
  await expect(button).toBeFocused()
  await page.context().close()
})

test('a dialog is as wide as a phone', async ({ browser }) => {
  const page = await enter(browser, 'admin')
  await page.setViewportSize({ width: 390, height: 844 })
  await open(page, service, '/users')
  await page.getByRole('button', { name: '新增用户' }).click()
  await expect(modal(page)).toBeVisible()
  await settled(page)
  await expect.poll(async () => (await page.locator('.el-dialog').boundingBox())?.width).toBe(366)
  await page.context().close()
})

test('a page that got nothing says so, and tells no number that it does not know', async ({ browser }) => {
  const got: Record<string, string[]> = { analyst: ['/', '/triage', '/approvals', '/leader', '/ledger', '/scorecard', '/supervision', '/mentions', '/posts', '/sources', '/deliveries', '/channels', '/notifications'], admin: ['/users', '/roster', '/record'], department: ['/department'] }
  const known = /\/(session|time|bodies|regions|roster|events)([/?]|$)/
  for (const [user, paths] of Object.entries(got)) {
    const page = await enter(browser, user)
    await page.route('**/api/v1/**', (route) =>
      known.test(new URL(route.request().url()).pathname) ? route.continue() : route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ title: '服务暂时不可用', status: 503, detail: '请稍后再试' }) }),
    )
    for (const path of paths) {
      await page.goto(`${service.url}${path}`)
      const main = page.locator('main')
      await expect(main.getByRole('alert').first(), path).toContainText('请稍后再试')
      await settled(page)
      expect(await main.innerText(), path).not.toMatch(/(^|\D)0 [件条次个人]/)
      await expect(main.locator('ol.card:empty, ul.card:empty'), path).toHaveCount(0)
    }
    if (user === 'analyst') {
      await page.goto(`${service.url}/wall`)
      await expect(page.getByRole('status').filter({ hasText: '没有更新' })).not.toHaveClass(/live/)
    }
    await page.context().close()
  }
})
