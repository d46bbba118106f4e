/** Takes the pictures of the README anew. Not a test: it runs alone, where HUIYING_PICTURES is set (`playwright.config.ts`). */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

import { expect, test, type Browser, type Page } from '@playwright/test'

import { drawn, logIn } from './desk'
import { startDrill } from './service'

/** What the README shows, from the drill that ships with the product: all of it invented. */
const SHOWN = resolve(import.meta.dirname, '../../docs')
/** Larger ones make the first page of the repository slow. */
const SHOWN_BYTES_MAX = 200_000

/** Keeps a picture of the README, as good as its size allows. */
async function show(page: Page, name: string): Promise<void> {
  for (const quality of [85, 75, 65, 55]) {
    const bytes = await page.screenshot({ type: 'jpeg', quality, animations: 'disabled' })
    if (bytes.length >= SHOWN_BYTES_MAX) continue
    writeFileSync(resolve(SHOWN, name), bytes)
    return
  }
  throw new Error(`${name} is too large in any quality`)
}

test('the pictures of the README', async ({ browser }) => {
  test.setTimeout(600_000)
  const lines = readFileSync(resolve(import.meta.dirname, '../../scenarios/drill.jsonl'), 'utf8').trim().split('\n')
  const office = await startDrill(lines.map((line) => JSON.parse(line) as object), 600)
  const as = async (from: Browser, user: string, size: { width: number; height: number }, colorScheme: 'light' | 'dark' = 'light') => {
    const page = await (await from.newContext({ viewport: size, colorScheme })).newPage()
    await logIn(page, office, user)
    return page
  }
  /** Waits for an instant of the drill. */
  const until = (page: Page, at: string) =>
    expect.poll(async () => Date.parse(((await (await page.request.get(`${office.url}/api/v1/time`)).json()) as { now: string }).now), { timeout: 300_000 }).toBeGreaterThan(Date.parse(at))
  const desk = { width: 1440, height: 900 }
  try {
    const department = await as(browser, 'department', desk)
    await until(department, '2026-05-11T08:40:00+08:00')
    await department.goto(`${office.url}/department`)
    await expect(department.locator('main article, main .card').first()).toBeVisible()
    await show(department, 'department.jpg')
    await department.context().close()

    const wall = await as(browser, 'analyst2', { width: 1920, height: 1080 })
    await until(wall, '2026-05-12T08:30:00+08:00')
    await wall.goto(`${office.url}/wall`)
    for (const title of [/信息量/, '各县市区在办', '渠道']) await expect(drawn(wall, title)).toBeAttached()
    await expect(wall.locator('.at-clocks li').first()).toBeVisible()
    await show(wall, 'wall.jpg')
    await wall.goto(`${office.url}/`)
    await wall.setViewportSize(desk)
    for (const title of ['信息量与情感', '各县市区在办']) await expect(drawn(wall, title)).toBeAttached()
    await expect(wall.locator('main .running li').first()).toBeVisible()
    await show(wall, 'overview.jpg')
    await wall.context().close()

    const leader = await as(browser, 'leader', { width: 390, height: 844 })
    await expect(leader.locator('main .card').nth(3)).toBeVisible()
    await show(leader, 'leader-phone.jpg')
    await leader.context().close()

    const dark = await as(browser, 'analyst', desk, 'dark')
    await dark.getByRole('tab', { name: '在办' }).click()
    await dark.locator('.queue .item').first().click()
    await expect(dark.locator('article.mention').first()).toBeVisible()
    await show(dark, 'triage-dark.jpg')
    await dark.context().close()

    const analyst = await as(browser, 'analyst', desk)
    const cases = (await (await analyst.request.get(`${office.url}/api/v1/incidents?view=all&q=${encodeURIComponent('煤油味')}`)).json()) as { items: { id: string }[] }
    await analyst.goto(`${office.url}/incidents/${cases.items[0]!.id}`)
    await expect(drawn(analyst, '传播过程')).toBeAttached()
    await expect(analyst.locator('.alike li').first()).toBeVisible()
    await analyst.getByRole('figure', { name: '传播过程' }).evaluate((figure) => scrollTo(0, figure.getBoundingClientRect().top + scrollY - 72))
    await show(analyst, 'case.jpg')
    await analyst.context().close()
  } finally {
    await office.stop()
  }
})
