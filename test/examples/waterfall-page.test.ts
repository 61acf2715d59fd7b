// @seconds 240
// @slow 50
// @waits
// The waterfall in a browser: what is seen, by whom, and the picture of it in the README.
import { statSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { faultsNow } from '../support/repository/accessible.ts'
import { browsing, closeBrowser } from '../support/repository/browser-pages.ts'
import { chromium, unlessChromium } from '../support/repository/chromium.ts'
import { startWaterfall } from '../support/repository/waterfall-program.ts'
import type { Page } from 'playwright-core'
import type { Waterfall } from '../support/repository/waterfall-program.ts'

const shown = suite('waterfall: the page')
const withChromium = chromium === undefined ? shown.skip : shown

let waterfall: Waterfall

const end = async ({ program }: Waterfall) => {
  program.signal('SIGTERM')
  await program.exited()
}

/** Waits until a run is over. */
const runIsOver = (page: Page) =>
  page.locator('#wf-status', { hasText: /could be read after .* ms through Sluice/ }).waitFor()

/** Opens the page, with all errors that its scripts and its requests report. */
const opened = async (open: (url: string) => Promise<Page>) => {
  const page = await open('about:blank')
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`${message.text()} ${message.location().url}`)
  })
  return { page, errors }
}

const numberIn = async (page: Page, selector: string): Promise<number> =>
  Number((await page.locator(selector).innerText()).replace(/[^\d.]/g, ''))

const nothing = { x: 0, y: 0, width: 0, height: 0 }
const pictures = ['light', 'dark'] as const
const fileOf = (scheme: string) => `examples/showcase/waterfall-${scheme}.png`

if (process.env.SLUICE_WRITE !== undefined)
  withChromium('the pictures of the README are made', () =>
    browsing(async (open) => {
      // Of one's own: idle streams that have worked keep more than those that never did.
      const fresh = await startWaterfall()
      const { page } = await opened(open)
      await page.setViewportSize({ width: 980, height: 900 })
      await page.goto(fresh.url)
      // All three pairs of numbers are shown. The slow reader comes last: it leaves memory to its server that no idle stream needs.
      await runIsOver(page)
      await page.locator('#wf-slow:enabled').check()
      await page.locator('#wf-held-node', { hasText: /^3\d\.\d MiB$/ }).waitFor()
      await page.uncheck('#wf-slow')
      await page.locator('#wf-status', { hasText: 'For the slow reader' }).waitFor()
      // What the text of the README says.
      await page.addStyleTag({
        content: '.wf-note, .wf-switch, .wf-status { display: none !important }',
      })
      const { x, y, width, height } = (await page.locator('.wf-body').boundingBox()) ?? nothing
      const clip = { x: x - 20, y: y - 20, width: width + 40, height: height + 40 }
      for (const colorScheme of pictures) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        writeFileSync(fileOf(colorScheme), await page.screenshot({ clip, fullPage: true }))
      }
      await end(fresh)
    }),
  )

for (const width of [390, 1440])
  withChromium(
    `at ${width} px, light and dark: all is drawn, nothing is cut off, axe finds no violation${unlessChromium}`,
    () =>
      browsing(async (open) => {
        const { page, errors } = await opened(open)
        await page.setViewportSize({ width, height: 900 })
        await page.goto(waterfall.url)
        await runIsOver(page)
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme })
          assert.equal(await faultsNow(page.mainFrame(), { frames: true }), [])
          assert.is(await page.evaluate('document.documentElement.scrollWidth'), width)
        }
        // Each of the eight pieces of the pages, and at least four events of each side.
        const dots = await page.locator('#wf-drawing .wf-read').count()
        assert.ok(dots >= 16, `${dots} dots`)
        assert.is(await page.locator('#wf-drawing .wf-late').count(), 3)
        const [ours, theirs] = [
          await numberIn(page, '#wf-readable-sluice'),
          await numberIn(page, '#wf-readable-node'),
        ]
        assert.ok(ours < theirs, `${ours} and ${theirs} ms`)
        assert.equal(errors, [])
      }),
  )

withChromium(`it is used by the keyboard alone${unlessChromium}`, () =>
  browsing(async (open) => {
    const { page, errors } = await opened(open)
    await page.goto(waterfall.url)
    await runIsOver(page)
    const focused = () => page.evaluate('document.activeElement.id')
    await page.keyboard.press('Tab')
    assert.is(await focused(), 'wf-again')
    await page.keyboard.press('Enter')
    await page.locator('#wf-drawing .wf-read').nth(8).waitFor({ state: 'detached' })
    await page.locator('#wf-drawing .wf-read').nth(12).waitFor()
    for (const id of ['wf-flushed', 'wf-paused']) {
      await page.keyboard.press('Tab')
      assert.is(await focused(), id)
    }
    await page.keyboard.press('Space')
    await page.locator('#wf-memory-title', { hasText: 'at work' }).waitFor()
    await page.keyboard.press('Space')
    await page.locator('#wf-status', { hasText: 'at rest it takes' }).waitFor()
    assert.equal(errors, [])
  }),
)

withChromium(`with reduced motion nothing moves${unlessChromium}`, () =>
  browsing(async (open) => {
    const { page } = await opened(open)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await page.goto(waterfall.url)
    await page.locator('#wf-again:enabled').click()
    const moving = 'document.getAnimations().length'
    for (let dots = 1; dots < 8; dots++) {
      await page.locator('#wf-drawing .wf-read').nth(dots).waitFor()
      assert.is(await page.evaluate(moving), 0)
      assert.is(await page.locator('#wf-drawing .wf-now').getAttribute('visibility'), 'hidden')
    }
  }),
)

withChromium(`what is not there to be measured is said${unlessChromium}`, () =>
  browsing(async (open) => {
    const { page } = await opened(open)
    await page.route('**/waterfall/events', (route) => route.fulfill({ status: 503 }))
    await page.goto(waterfall.url)
    await page.locator('#wf-status', { hasText: 'refuses to show it' }).waitFor()
  }),
)

shown(
  'the pictures of the README are there, and small: `node build.mjs test waterfall-page --write` makes them',
  () => {
    for (const scheme of pictures) {
      const { size } = statSync(fileOf(scheme))
      assert.ok(size < 80 * 1024, `${fileOf(scheme)} has ${size} bytes`)
    }
  },
)

shown.before(async () => {
  waterfall = await startWaterfall()
})
shown.after(async () => {
  await closeBrowser()
  await end(waterfall)
})
shown.run()
