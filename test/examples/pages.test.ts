// @seconds 240
// @slow 30
// What the examples show in a browser: in a pane on a phone and on a wide screen, 320 px high, in light and dark.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { serve } from '@sluice/server'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { faultsOf } from '../support/repository/accessible.ts'
import { browsing, closeBrowser, seen } from '../support/repository/browser-pages.ts'
import { chromium, unlessChromium } from '../support/repository/chromium.ts'
import { hasProgram, startProgram } from '../support/repository/running-program.ts'
import { compileFile } from '../support/runner/compile-file.mjs'
import type { Page } from 'playwright-core'
import type { OpenPage } from '../support/repository/browser-pages.ts'

interface PageUnderTest {
  readonly name: string
  /** Does what a person does there, until the page has shown what it is for. */
  use(tab: Page, open: OpenPage): Promise<void>
}

const press = (tab: Page, name: string): Promise<void> =>
  tab.getByRole('button', { name, exact: true }).click()

/** All of it, and its text escaped. */
const streamed = async (tab: Page): Promise<void> => {
  await seen(tab, 'footer', /That is all/)
  await seen(tab, 'li', /^Weirs <no\. 5>\n?$/)
}

const pages: readonly PageUnderTest[] = [
  { name: 'streamed-page', use: streamed },
  { name: 'every-host', use: streamed },
  { name: 'hono-app', use: streamed },
  { name: 'out-of-order-page', use: (tab) => seen(tab, 'li', /upper rivers/) },
  { name: 'events', use: (tab) => seen(tab, 'pre', /2 .*uses \d+ MiB\n1 /) },
  {
    name: 'rewrite-html',
    use: async (tab) => {
      await seen(tab, 'strong', /bold/)
      await seen(tab, 'footer', /Rewritten/)
    },
  },
  {
    name: 'push-page',
    async use(tab, open) {
      const other = await open(tab.url(), { waitUntil: 'commit' })
      await other.fill('[name=words]', 'a < b')
      await press(other, 'Post')
      for (const each of [tab, other]) await seen(each, 'p', /^a < b$/)
    },
  },
  {
    name: 'paused-page',
    async use(tab) {
      await tab.fill('[name=words]', 'a < b')
      assert.equal(await faultsOf(tab), [])
      await press(tab, 'Go on')
      await seen(tab, 'p', /^Somebody says: a < b$/)
      await tab.locator('form').waitFor({ state: 'hidden' })
    },
  },
  {
    name: 'csv-import',
    async use(tab) {
      await tab.fill('[name=rows]', '200000')
      await press(tab, 'Import')
      await seen(tab, 'pre', /100000 rows so far\n[\s\S]*200000 rows, sum 200000\n/)
      await seen(tab, 'output', /^\d+$/)
    },
  },
  {
    name: 'upload',
    async use(tab) {
      await tab.setInputFiles('[name=file]', 'package.json')
      await press(tab, 'Send')
      await seen(tab, 'pre', /^sha256 [0-9a-f]{64}\n$/m)
    },
  },
  {
    name: 'sqlite',
    async use(tab) {
      await tab.selectOption('[name=station]', '3')
      await press(tab, 'Query')
      await seen(tab, 'output', /^14286 rows$/)
      assert.is(await tab.locator('tbody tr').count(), 6)
      await seen(tab, 'tbody tr', /1200\s*-10/)
    },
  },
  {
    name: 'cgi-programs',
    async use(tab) {
      await tab.frameLocator('iframe').first().getByText('line 3').waitFor()
      if (hasProgram('python3'))
        await tab.frameLocator('iframe').last().getByText('row 3').waitFor()
    },
  },
  {
    name: 'chat',
    async use(tab) {
      await tab.getByLabel('Name').fill('Ann')
      await tab.getByLabel('Words').fill('hello')
      await press(tab, 'Say')
      await seen(tab, 'li', /^Ann: hello$/)
    },
  },
  {
    name: 'approval',
    async use(tab) {
      await tab.getByLabel('What do you need?').fill('a chair')
      await press(tab, 'Ask')
      await press(tab, 'Approve')
      await seen(tab, '#answer', /The order is approved/)
    },
  },
  {
    name: 'tokens',
    async use(tab) {
      await press(tab, 'Ask')
      await seen(tab, '#answer', /A sluice is/)
      await press(tab, 'Stop')
      await seen(tab, '#state', /stopped/)
    },
  },
]

/** Where the pictures go, for those who look at them. */
const pictures = process.env.SLUICE_SCREENSHOTS

const picture = async (tab: Page, name: string): Promise<void> => {
  if (pictures === undefined) return
  mkdirSync(pictures, { recursive: true })
  await tab.screenshot({ path: join(pictures, `${name}.png`) })
}

/** Of a pane on a phone. */
const viewport = { width: 390, height: 320 }

/** Opens a page of an example, uses it, and looks for what is wrong with it. */
const look = ({ name, use }: PageUnderTest, url: string): Promise<void> =>
  browsing(
    async (open) => {
      const tab = await open(url, { waitUntil: 'commit' })
      await tab.locator('h1').first().waitFor()
      await use(tab, open)
      assert.is(await tab.evaluate('document.documentElement.lang'), 'en')
      for (const colorScheme of ['light', 'dark'] as const) {
        await tab.emulateMedia({ colorScheme })
        await picture(tab, `${name}-${colorScheme}`)
      }
      assert.equal(await faultsOf(tab), [])
    },
    { viewport },
  )

const shown = suite('examples: their pages')
const withChromium = chromium === undefined ? shown.skip : shown

interface Running {
  readonly url: string
  close(): Promise<unknown>
}

/** Those that start threads or processes from files of their own run as their user starts them. */
const programs: readonly string[] = ['csv-import', 'sqlite', 'cgi-programs']

const startAsProgram = async (name: string): Promise<Running> => {
  const args = ['--import', 'tsx', `examples/${name}/app.ts`]
  const program = startProgram(process.execPath, args, { env: { PORT: '0' } })
  const [, origin = ''] = await program.printed(/(http:\/\/[\d.:]+)\//)
  const close = () => {
    program.signal('SIGTERM')
    return program.exited()
  }
  return { url: `${origin}/${name}`, close }
}

const startHere = async (name: string): Promise<Running> => {
  const { file } = await compileFile(
    `examples/${name}/${name === 'every-host' ? 'page.ts' : 'app.ts'}`,
  )
  const { about, app }: typeof import('../../examples/events/app.ts') = await import(
    pathToFileURL(file).href
  )
  const server = await serve(app)
  return { url: server.url + about.path, close: () => server.close({ graceMs: 1 }) }
}

for (const page of pages)
  withChromium(`${page.name} is used, in light and dark${unlessChromium}`, async () => {
    const start = programs.includes(page.name) ? startAsProgram : startHere
    const { url, close } = await start(page.name)
    try {
      await look(page, url)
    } finally {
      await close()
    }
  })

shown.after(closeBrowser)
shown.run()
