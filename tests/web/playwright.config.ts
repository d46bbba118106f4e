import { defineConfig } from '@playwright/test'

/** The browser of the machine: nothing is downloaded. */
const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium'

export default defineConfig({
  testDir: '.',
  // It takes pictures and tests nothing.
  testIgnore: process.env.HUIYING_PICTURES ? [] : 'readme.spec.ts',
  outputDir: 'test-results',
  // Each file plays a drill of its own, in which time runs; two at once would only slow both on a small machine.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  // Only what fails waits for so long; a busy machine with one core takes ten times as long as a desk.
  timeout: 240_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: {
    locale: 'zh-CN',
    timezoneId: 'UTC',
    viewport: { width: 1440, height: 900 },
    screenshot: 'only-on-failure',
    // A worker would answer in the network's place; the test of the offline shell lets it.
    serviceWorkers: 'block',
    launchOptions: {
      executablePath: chromium,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
})
