import { chromium as driver } from 'playwright-core'
import { chromium } from './chromium.ts'
import { programPath } from './running-program.ts'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

/** Milliseconds after which what a page is waited for is taken never to come. */
const bound = 30_000

/** Opens tabs of one browser. A page that is streamed to the end of a test is waited for with `commit`. */
export type OpenPage = (url: string, options?: Parameters<Page['goto']>[1]) => Promise<Page>

/** One browser for all tests of a file: starting it takes seconds. */
let started: Promise<Browser> | undefined

const start = (): Promise<Browser> =>
  driver.launch({
    executablePath: programPath(chromium ?? '') ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  })

/** Opens pages in Chromium for the time of a test, with cookies and storage of their own. */
export const browsing = async (
  run: (open: OpenPage) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<void> => {
  started ??= start()
  const context = await (await started).newContext(options)
  context.setDefaultTimeout(bound)
  try {
    await run(async (url, options) => {
      const page = await context.newPage()
      await page.goto(url, options)
      return page
    })
  } finally {
    await context.close()
  }
}

/** Ends the browser, if a test has started it. */
export const closeBrowser = async (): Promise<void> => {
  await (await started)?.close()
}

/** Waits until the text of an element matches. */
export const seen = async (page: Page, selector: string, text: RegExp): Promise<void> => {
  await page.locator(selector, { hasText: text }).first().waitFor()
}
