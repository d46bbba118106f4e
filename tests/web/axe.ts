/** What keeps somebody from using a page, as axe finds it. */
import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/** What axe calls serious or worse, and names that do not say what is written. */
export async function faults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).options({ rules: { 'label-content-name-mismatch': { enabled: true } } }).analyze()
  const grave = violations.filter((one) => one.impact === 'serious' || one.impact === 'critical')
  return grave.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(' ')}: ${node.any[0]?.message ?? ''}`))
}

/** Waits until nothing fades in or out any more: half of a colour is not that colour. */
export async function settled(page: Page): Promise<void> {
  await expect(page.locator('main .el-skeleton')).toHaveCount(0)
  await page.waitForFunction(() => document.getAnimations().every((one) => one.playState !== 'running' || (one.effect?.getComputedTiming().iterations ?? 1) === Infinity))
}
