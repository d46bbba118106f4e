/** Pictures of what is watched: the overview, the wall, a case over time, dark pages, and everything for everyone. */
import { expect, test } from '@playwright/test'

import { faults } from './axe'
import { choosePassword, drawn, expectNoSidewaysScroll, logIn, modal, openIncident, picture, takeAct, watch } from './desk'
import { copiesDrill, lateTitle, spreadDrill } from './scenario'
import { startDrill, startFresh, type Service } from './service'

const SPEED = 60

let service: Service

test.beforeAll(async () => {
  service = await startDrill(copiesDrill('ecology'), SPEED)
})
test.afterAll(() => service?.stop())

/** Words for the ear alone are set apart by a space. */
const switchTo = (title: string, word: string) => new RegExp(`^${title}：\\s?${word}$`)

test('the overview shows what was said, and each picture is a table too', async ({ page }) => {
  const wrong = watch(page, service)
  await logIn(page, service, 'analyst')
  await expect(page).toHaveURL(/triage/)
  await page.goto(`${service.url}/`)
  for (const title of ['信息量与情感', '各县市区在办', '来源渠道']) {
    await expect(drawn(page, title)).toBeAttached()
    await page.getByRole('button', { name: switchTo(title, '看表') }).click()
    await expect(page.getByRole('region', { name: `${title}的表` }).getByRole('row').nth(1)).toBeVisible()
    await page.getByRole('button', { name: switchTo(title, '看图') }).click()
    await expect(drawn(page, title)).toBeAttached()
  }
  await expect(page.getByRole('heading', { name: '热点事件' })).toBeVisible()
  await page.getByText('7 天', { exact: true }).click()
  await page.getByRole('button', { name: switchTo('信息量与情感', '看表') }).click()
  await expect(page.getByRole('region', { name: '信息量与情感的表' }).getByRole('row')).toHaveCount(8)
  await expect(page.getByText('示意图')).toBeVisible()
  await expectNoSidewaysScroll(page)
  await picture(page, 'overview')
  expect(wrong).toEqual([])
})

test('no first view waits for the library that draws', async ({ page }) => {
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await logIn(page, service, 'leader')
  await expect(page.getByRole('link', { name: /重大以上/ })).toBeVisible()
  expect(asked.filter((path) => path.includes('charts'))).toEqual([])
})

test('the wall fills the screen, is read from afar, and says by sound what breaches', async ({ browser }) => {
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } })
  const wrong = watch(page, service)
  await logIn(page, service, 'analyst')
  await expect(page).toHaveURL(/triage/)
  await page.addInitScript(() => {
    const seen = window as unknown as { tones: number }
    seen.tones = 0
    const start = OscillatorNode.prototype.start
    OscillatorNode.prototype.start = function (...when) {
      seen.tones += 1
      start.apply(this, when)
    }
  })
  await page.goto(`${service.url}/wall`)
  await expect(page.getByText('演练', { exact: true })).toBeVisible()
  await expect(drawn(page, /信息量/)).toBeAttached()
  await expect(drawn(page, '各县市区在办')).toBeAttached()
  await expect(page.getByRole('heading', { name: '值守保障' })).toBeVisible()
  const height = () => page.evaluate(() => document.documentElement.scrollHeight)
  await expect.poll(height, { message: 'nothing to scroll' }).toBeLessThanOrEqual(1080)
  // Letters of 22 px on 1080 lines are read from four metres; buttons are for whoever stands in front of it.
  const small = () => page.locator('.wall main').evaluate((main) => {
    const found: string[] = []
    for (const element of main.querySelectorAll<HTMLElement>('*')) {
      const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim())
      if (own && element.tagName !== 'SUB' && element.closest('.visually-hidden') === null && parseFloat(getComputedStyle(element).fontSize) < 17.5) found.push(`${element.className} ${element.textContent}`)
    }
    return found
  })
  await expect.poll(small).toEqual([])
  await page.getByRole('button', { name: '开启超时声音' }).click()
  await expect(page.getByRole('button', { name: '声音已开' })).toHaveAttribute('aria-pressed', 'true')
  await expect.poll(() => page.evaluate(() => (window as unknown as { tones: number }).tones), { message: 'it is heard once when it is allowed' }).toBe(2)
  await picture(page, 'wall')
  expect(wrong).toEqual([])
  await page.close()
})

test('a department is not shown the wall', async ({ page }) => {
  await logIn(page, service, 'department')
  await expect(page).toHaveURL(/department/)
  await page.goto(`${service.url}/wall`)
  await expect(page).toHaveURL(/department/)
})

test('a case shows its course, folds what says the same, and lets a wrong verdict be put right', async ({ page }) => {
  const wrong = watch(page, service)
  await logIn(page, service, 'analyst')
  await openIncident(page, lateTitle)
  await expect(drawn(page, '传播过程')).toBeAttached()
  await expect(page.getByRole('list', { name: '图中竖线' })).toContainText('发现')
  await expect(page.getByText('最早出现')).toBeVisible()
  const folded = page.getByRole('button', { name: /相似 3 条 \/ 3 平台/ })
  await folded.click()
  await expect(folded).toHaveAttribute('aria-expanded', 'true')
  const verdicts = page.getByRole('region', { name: '系统判断' })
  await verdicts.getByRole('button', { name: /^判错了\s?：地区$/ }).click()
  await page.getByRole('menuitem', { name: '绩溪县' }).click()
  await expect(verdicts).toContainText('绩溪县')
  await expect(verdicts).toContainText('更正')
  await page.reload()
  await expect(page.getByRole('region', { name: '系统判断' })).toContainText('绩溪县')
  await expectNoSidewaysScroll(page)
  await picture(page, 'incident')
  expect(wrong).toEqual([])
})

test('how far the posts went is drawn look by look, is a table too, and is compared before and after the answer', async ({ page }) => {
  // Twelve hours pass in twelve seconds.
  const office = await startDrill(spreadDrill('ecology'), 3_600)
  try {
    const wrong = watch(page, office)
    await logIn(page, office, 'analyst')
    await openIncident(page, lateTitle)
    const curve = page.getByRole('figure', { name: '传播量' })
    await expect(curve).toContainText('阅读 52500 · 转发 212 · 评论 311', { timeout: 30_000 })
    await expect(drawn(page, '传播量')).toBeAttached()
    await expect(page.getByText('回应后扩散减缓')).toBeVisible()
    await expect(page.getByText(/公开回应前.+阅读增加 \d+，后.+增加 \d+/)).toBeVisible()
    await picture(page, 'spread')
    await curve.scrollIntoViewIfNeeded()
    await curve.screenshot({ path: 'test-results/screens/spread-curve.png' })
    await page.getByRole('button', { name: switchTo('传播量', '看表') }).click()
    const looks = page.getByRole('region', { name: '传播量的表' }).getByRole('row')
    await expect(looks).toHaveCount(5)
    await expect(looks.nth(1)).toContainText('2026-05-11')
    await expect(looks.nth(4)).toContainText('52500')
    await expect(looks.nth(4), 'what no post shows is not called nought').toContainText('—')
    await page.setViewportSize({ width: 390, height: 844 })
    await expectNoSidewaysScroll(page)
    expect(wrong).toEqual([])
  } finally {
    await office.stop()
  }
})

test('dark follows the machine, can be chosen, and is remembered', async ({ browser }) => {
  const page = await browser.newPage({ colorScheme: 'dark' })
  await logIn(page, service, 'analyst')
  await expect(page).toHaveURL(/triage/)
  const isDark = () => page.evaluate(() => document.documentElement.classList.contains('dark'))
  await expect.poll(isDark).toBe(true)
  await page.getByRole('button', { name: /当前用户/ }).click()
  await page.getByRole('menuitemradio', { name: '浅色' }).click()
  await expect.poll(isDark).toBe(false)
  await page.reload()
  await expect(page.getByRole('navigation', { name: '主导航' })).toBeAttached()
  await expect.poll(isDark).toBe(false)
  await page.close()
})

test('the menu of the user is kept by the keyboard', async ({ page }) => {
  await logIn(page, service, 'analyst')
  const button = page.getByRole('button', { name: /当前用户/ })
  await button.focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('menuitem', { name: '我的通知' })).toBeFocused()
  await page.keyboard.press('ArrowUp')
  await expect(page.getByRole('menuitem', { name: '退出登录' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(button).toBeFocused()
})

test('the way to the judgement is short by the keyboard', async ({ page }) => {
  await logIn(page, service, 'analyst')
  await page.locator('.queue .item').first().click()
  await expect(page.getByRole('region', { name: '研判' })).toBeVisible()
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  await page.locator('body').focus()
  let pressed = 0
  const onDecision = () => page.evaluate(() => document.activeElement?.closest('#decide') !== null && document.activeElement?.tagName === 'BUTTON')
  for (; pressed < 12 && !(await onDecision()); pressed += 1) {
    await page.keyboard.press('Tab')
    if (await page.evaluate(() => document.activeElement?.textContent === '跳到处置')) {
      await page.keyboard.press('Enter')
      pressed += 1
    }
  }
  expect(pressed, 'keys from the top of the page to its first decision; 82 before').toBeLessThanOrEqual(6)
})

const ROOMS: Record<string, string[]> = {
  analyst: ['/', '/wall', '/triage', '/leader', '/ledger', '/mentions', '/posts', '/sources', '/rules', '/roster', '/deliveries', '/notifications', '/nowhere'],
  department: ['/department', '/'],
  leader: ['/leader'],
  admin: ['/users', '/sources', '/'],
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing serious on any page, ${colorScheme}`, async ({ browser }) => {
    test.setTimeout(300_000)
    const found: Record<string, string[]> = {}
    for (const [user, paths] of Object.entries(ROOMS)) {
      const page = await (await browser.newContext({ colorScheme })).newPage()
      await page.goto(`${service.url}/login`)
      await expect(page.getByRole('button', { name: '登录', exact: true })).toBeVisible()
      found['/login'] = await faults(page)
      await logIn(page, service, user)
      await expect(page.getByRole('navigation', { name: '主导航' })).toBeAttached()
      for (const path of paths) {
        await page.goto(`${service.url}${path}`)
        await expect(page.locator('h1, h2, .empty').first()).toBeAttached()
        await expect(page.locator('.el-skeleton')).toHaveCount(0)
        found[`${user} ${path}`] = await faults(page)
      }
      await page.close()
    }
    expect(Object.fromEntries(Object.entries(found).filter(([, list]) => list.length > 0))).toEqual({})
  })

  test(`axe finds nothing serious on a case and its dialogs, ${colorScheme}`, async ({ browser }) => {
    test.setTimeout(90_000)
    const page = await (await browser.newContext({ colorScheme })).newPage()
    await logIn(page, service, 'analyst')
    await openIncident(page, lateTitle)
    await expect(drawn(page, '传播过程')).toBeAttached()
    expect(await faults(page)).toEqual([])
    await page.getByRole('button', { name: /时限.*：/ }).first().click()
    await expect(page.getByText('起算', { exact: true })).toBeVisible()
    // While it fades in, its colours are not yet its own.
    await expect(page.locator('.clock-why').last()).toHaveCSS('opacity', '1')
    expect(await faults(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.reload()
    await takeAct(page, '登记回应')
    await expect(modal(page)).toBeVisible()
    await expect(modal(page)).toHaveCSS('opacity', '1')
    await expect(page.locator('.el-overlay:has([role=dialog])').last()).toHaveCSS('opacity', '1')
    expect(await faults(page)).toEqual([])
    await page.close()
  })
}

test('on a phone pictures stand one below the other, and with nothing they say what that means', async ({ browser }) => {
  const office = await startFresh()
  try {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } })
    await logIn(page, service, 'leader')
    await expect(page.getByRole('link', { name: /重大以上/ })).toBeVisible()
    await page.goto(`${service.url}/`)
    await expect(drawn(page, '各县市区在办')).toBeAttached()
    await expectNoSidewaysScroll(page)
    await picture(page, 'overview-390')
    await page.close()

    const first = await browser.newPage()
    await logIn(first, office, 'admin')
    await choosePassword(first, office.passwords.admin ?? '', 'Lüke-Brücke-71-Ahorn')
    await first.goto(`${office.url}/`)
    await expect(first.getByText('近 24 小时没有信息归入事件')).toBeVisible()
    await first.goto(`${office.url}/wall`)
    await expect(first.getByText('没有正在计时的事项')).toBeVisible()
    await picture(first, 'wall-empty')
    await first.close()
  } finally {
    await office.stop()
  }
})
