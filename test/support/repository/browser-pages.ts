import { tmpdir } from 'node:os'
import { chromium as driver } from 'playwright-core'
import { scratchFolder } from '../runner/scratch-folder.mjs'
import { chromium } from './chromium.ts'
import { programPath } from './running-program.ts'
import type { Page } from 'playwright-core'

/** Milliseconds after which what a page is waited for is taken never to come. */
const bound = 30_000

/** Opens tabs of one browser. */
export type OpenPage = (url: string) => Promise<Page>

/** Makes a test that opens pages in Chromium. They are closed after it. */
export const browsing = async (run: (open: OpenPage) => Promise<void>): Promise<void> => {
  const { folder, discard } = scratchFolder(tmpdir(), 'browser-')
  const context = await driver.launchPersistentContext(folder, {
    executablePath: programPath(chromium ?? '') ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  })
  context.setDefaultTimeout(bound)
  try {
    await run(async (url) => {
      const page = await context.newPage()
      await page.goto(url)
      return page
    })
  } finally {
    await context.close()
    discard()
  }
}

/** Waits until the text of an element matches. */
export const seen = async (page: Page, selector: string, text: RegExp): Promise<void> => {
  await page.locator(selector, { hasText: text }).first().waitFor()
}
