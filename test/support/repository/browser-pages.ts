import { chromium as driver } from 'playwright-core'
import { chromium } from './chromium.ts'
import { programPath } from './running-program.ts'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'

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

/** Tabs that wait for the next test, by the options of their contexts: a tab takes a process, and starting it takes longer than most pages. */
const spares = new Map<string, Page>()

/** Opens pages in Chromium for the time of a test, with cookies of their own. Options with permissions are to be asked for once. */
export const browsing = async (
  run: (open: OpenPage) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<void> => {
  started ??= start()
  const key = JSON.stringify(options)
  const spare = spares.get(key)
  spares.delete(key)
  const context = spare?.context() ?? (await (await started).newContext(options))
  context.setDefaultTimeout(bound)
  let next = spare
  let isSpared = false
  try {
    await run(async (url, options) => {
      const page = next ?? (await context.newPage())
      next = undefined
      await page.goto(url, options)
      return page
    })
    isSpared = await spared(context, key)
  } finally {
    if (!isSpared) await context.close()
  }
}

/** Keeps a tab of a test that has succeeded, as it was when it was new. */
const spared = async (context: BrowserContext, key: string): Promise<boolean> => {
  const [page, ...others] = context.pages()
  if (page === undefined || spares.has(key)) return false
  for (const other of others) await other.close()
  for (const event of ['request', 'response', 'console', 'pageerror', 'dialog'])
    page.removeAllListeners(event)
  await page.unrouteAll()
  await page.goto('about:blank')
  await context.clearCookies()
  const {
    viewport,
    colorScheme = null,
    reducedMotion = null,
  }: BrowserContextOptions = JSON.parse(key)
  await page.setViewportSize(viewport ?? { width: 1280, height: 720 })
  await page.emulateMedia({ colorScheme, reducedMotion })
  spares.set(key, page)
  return true
}

/** Ends the browser, if a test has started it. */
export const closeBrowser = async (): Promise<void> => {
  await (await started)?.close()
}

/** Waits until the text of an element matches. */
export const seen = async (page: Page, selector: string, text: RegExp): Promise<void> => {
  await page.locator(selector, { hasText: text }).first().waitFor()
}
