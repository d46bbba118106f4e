/** What a list shows stands in its address: a reload keeps it, and so does going away and back. */
import { expect, test, type Locator, type Page } from '@playwright/test'

import { logIn, watch } from './desk'
import { manyDrill } from './scenario'
import { startDrill, type Service } from './service'

/** More than two pages of any list. */
const CASES = 130
const SPEED = 60

let service: Service
test.beforeAll(async () => {
  service = await startDrill(manyDrill(CASES), SPEED)
})
test.afterAll(() => service?.stop())

interface Kept {
  path: string
  /** What somebody does there. */
  choose: (page: Page) => Promise<void>
  /** What then stands in the address, decoded. */
  query: string
  /** What then stands on the page. */
  stands: (page: Page) => Promise<void>
}

const pick = (name: string) => ({
  choose: (page: Page) => page.getByRole('radiogroup').getByText(name, { exact: true }).click(),
  stands: (page: Page) => expect(page.getByRole('radio', { name, exact: true })).toBeChecked(),
})

/** An option of a select. */
const select = (label: string, option: string) => ({
  choose: async (page: Page) => {
    await page.getByRole('combobox', { name: label }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('option', { name: option, exact: true }).click()
  },
  stands: (page: Page) => expect(page.locator('.el-select', { has: page.getByRole('combobox', { name: label }) })).toContainText(option),
})

/** Words that are sent by Enter, or taken as they are typed. */
const words = (label: string, typed: string, sent = true) => ({
  choose: async (page: Page) => {
    await page.getByLabel(label).fill(typed)
    if (sent) await page.keyboard.press('Enter')
  },
  stands: (page: Page) => expect(page.getByLabel(label)).toHaveValue(typed),
})

/** One more page of a list. */
const onward = (rows: (page: Page) => Locator, button: string) => {
  let before = 0
  return {
    choose: async (page: Page) => {
      await expect(rows(page).nth(1)).toBeAttached()
      before = await rows(page).count()
      await page.getByRole('button', { name: button, exact: true }).click()
    },
    stands: (page: Page) => expect.poll(() => rows(page).count()).toBeGreaterThan(before),
  }
}

const KEPT: Record<string, Kept[]> = {
  analyst: [
    { path: '/', query: 'over=week', ...pick('7 天') },
    { path: '/triage', query: 'view=all', choose: (page) => page.getByRole('tab', { name: '全部' }).click(), stands: (page) => expect(page.getByRole('tab', { name: '全部' })).toHaveAttribute('aria-selected', 'true') },
    { path: '/triage', query: 'region=xuanzhou', ...select('按区县筛选', '宣州区') },
    { path: '/triage', query: 'pages=2', ...onward((page) => page.locator('.queue .item'), '更多事件') },
    { path: '/ledger', query: 'view=open', ...select('范围', '在办') },
    { path: '/ledger', query: 'verdict=running', ...select('按结论筛选', '计时中') },
    { path: '/ledger', query: 'q=路灯', ...words('按编号或标题查找', '路灯') },
    { path: '/ledger', query: 'pages=2', ...onward((page) => page.locator('tbody tr'), '更多') },
    { path: '/mentions', query: 'view=repeated', ...pick('反复问政') },
    { path: '/mentions', query: 'q=路灯', ...words('要找的词', '路灯') },
    { path: '/mentions', query: 'channel=board', ...select('按渠道筛选', '留言板') },
    { path: '/mentions', query: 'pages=2', ...onward((page) => page.locator('article.mention'), '更多信息') },
    { path: '/posts', query: 'view=all', ...pick('全部') },
    { path: '/deliveries', query: 'view=waiting', ...pick('等待送达') },
    { path: '/scorecard', query: 'from=2026-04-01', choose: (page) => page.getByRole('button', { name: '上月' }).click(), stands: (page) => expect(page.locator('main input').first()).toHaveValue('2026-04-01') },
    { path: '/rules', query: 'view=topics', ...pick('关注主题') },
    { path: '/rules?view=bodies', query: 'q=消防', ...words('筛选规则', '消防', false) },
    { path: '/roster', query: 'month=2026-06', choose: (page) => page.getByRole('button', { name: '下个月' }).click(), stands: (page) => expect(page.locator('main')).toContainText('2026 年 06 月') },
  ],
  department: [{ path: '/department', query: 'view=all', ...pick('全部') }],
  leader: [{ path: '/leader', query: 'of=all', ...pick('全部') }],
  admin: [
    { path: '/record', query: 'actor=admin', ...words('按用户名筛选', 'admin') },
    { path: '/record', query: 'pages=2', ...onward((page) => page.locator('.rows > li'), '更早的记录') },
  ],
}

for (const [user, all] of Object.entries(KEPT)) {
  test(`what ${user} chose on a list stands in its address, after a reload and after going back`, async ({ page }) => {
    const wrong = watch(page, service)
    await logIn(page, service, user)
    // A case that comes while somebody looks would let a count grow by itself.
    if (user === 'analyst') await expect(async () => expect(await (await page.request.get(`${service.url}/api/v1/overview`)).json()).toMatchObject({ open: CASES })).toPass()
    for (const kept of all) {
      await test.step(`${kept.path} ${kept.query}`, async () => {
        const stands = async () => {
          await expect(page).toHaveURL((url) => decodeURIComponent(url.search).slice(1).split('&').includes(kept.query))
          await kept.stands(page)
        }
        await page.goto(`${service.url}${kept.path}`)
        await kept.choose(page)
        await stands()
        await page.reload()
        await stands()
        await page.getByRole('navigation', { name: '主导航' }).getByRole('link', { name: '我的通知' }).click()
        await expect(page.getByRole('heading', { level: 1, name: '我的通知' })).toBeVisible()
        await page.goBack()
        await stands()
      })
    }
    expect(wrong).toEqual([])
  })
}
