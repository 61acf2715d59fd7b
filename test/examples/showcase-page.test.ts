// @seconds 300
// @slow 40
// The page of the showcase in a browser: every pane at two widths, in light and in dark. SLUICE_SCREENSHOTS=FOLDER keeps the pictures.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { faultsNow } from '../support/repository/accessible.ts'
import { browsing, closeBrowser } from '../support/repository/browser-pages.ts'
import { chromium, unlessChromium } from '../support/repository/chromium.ts'
import { startProgram } from '../support/repository/running-program.ts'
import { deferred } from '../support/within.ts'
import { paneTrials, press } from './panes.ts'
import type { BrowserContextOptions, Locator, Page } from 'playwright-core'
import type { OpenPage } from '../support/repository/browser-pages.ts'
import type { PaneTrial } from './panes.ts'

const showcase = suite('examples: the page of the showcase')
const withChromium = chromium === undefined ? showcase.skip : showcase

const kept = process.env.SLUICE_SCREENSHOTS
if (kept !== undefined) mkdirSync(kept, { recursive: true })

const program = startProgram(process.execPath, ['--import', 'tsx', 'examples/showcase/app.ts'], {
  env: { PORT: '0' },
})
const [, url = ''] = await program.printed(/^Open (http:\S+)\/ or call it with curl/m)

/** Opens the page, and takes down what must not happen on it. */
const openShowcase = async (open: OpenPage) => {
  const page = await open('about:blank')
  const faults: string[] = []
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== url) faults.push(`asks ${request.url()}`)
  })
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  page.on('pageerror', (error) => faults.push(String(error)))
  await page.goto(url)
  await page.locator('html.script').waitFor()
  return { page, faults }
}

/** Starts a pane, does what a visitor does, and waits for what must appear. */
const startPane = async (
  pane: Locator,
  { name, act }: PaneTrial,
  shown: Locator,
  setting: string,
): Promise<void> => {
  await press(pane.locator('.primary'))
  await act?.(pane, pane.frameLocator('iframe'), `${setting} ${name}`)
  await shown.waitFor().catch(async () => {
    throw new Error(`${name} does not show what it must: ${await pane.innerText()}`)
  })
}

/** Stops a pane. One that has ended meanwhile stays as it is. */
const stopPane = async (pane: Locator): Promise<void> => {
  await press(pane.locator('.stop'))
  await pane.locator('.state', { hasText: /^Stopped$|pieces?, / }).waitFor()
}

/** Starts some panes in one colour scheme, and stops them in the other one, in which they must show the same. */
const tryPanes = async (
  page: Page,
  trials: readonly PaneTrial[],
  setting: string,
  other: Scheme,
): Promise<void> => {
  const running = await Promise.all(
    trials.map(async (trial) => {
      const pane = page.locator(`#${trial.name} .pane`)
      const isPage = (await pane.getAttribute('data-kind')) === 'page'
      const place = isPage ? pane.frameLocator('iframe').locator('body') : pane.locator('.log')
      const shown = place.filter({ hasText: trial.wanted })
      await startPane(pane, trial, shown, setting)
      return { name: trial.name, pane, shown }
    }),
  )
  await page.emulateMedia({ colorScheme: other })
  for (const { name, pane, shown } of running) {
    await shown.waitFor()
    if (kept !== undefined)
      await pane.locator('..').screenshot({ path: join(kept, `${setting}-${other}-${name}.png`) })
    await stopPane(pane)
  }
}

/** The panes in groups that run at a time: four connections may be open, of which some panes hold two. */
const groupsOf = async (page: Page): Promise<readonly (readonly PaneTrial[])[]> => {
  const holders = await page
    .locator('.pane[data-holds="2"]')
    .evaluateAll((panes) => panes.map((pane) => pane.parentElement?.id))
  const isHolder = ({ name }: PaneTrial) => holders.includes(name)
  const others = paneTrials.filter((trial) => !isHolder(trial))
  const groups = paneTrials.filter(isHolder).map((holder) => [holder, ...others.splice(0, 2)])
  while (others.length > 0) groups.push(others.splice(0, 4))
  return groups
}

type Scheme = 'light' | 'dark'
const otherOf = (scheme: Scheme): Scheme => (scheme === 'light' ? 'dark' : 'light')

const tryWidth = (width: number) =>
  browsing(
    async (open) => {
      const { page, faults } = await openShowcase(open)
      const names = await page.locator('.card').evaluateAll((cards) => cards.map(({ id }) => id))
      assert.equal(names.toSorted(), paneTrials.map(({ name }) => name).toSorted())
      let scheme: Scheme = 'light'
      for (const group of await groupsOf(page)) {
        await tryPanes(page, group, `${width}-${scheme}`, otherOf(scheme))
        scheme = otherOf(scheme)
      }
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        const setting = `${width}-${colorScheme}`
        // The pages in the frames are looked at in the tests of the examples.
        const found = await faultsNow(page.mainFrame(), { frames: false })
        faults.push(...found.map((fault) => `${setting}: ${fault}`))
        if (kept !== undefined)
          await page.screenshot({ path: join(kept, `${setting}.png`), fullPage: true })
      }
      assert.equal(faults, [])
    },
    { viewport: { width, height: 900 }, colorScheme: 'light', reducedMotion: 'reduce' },
  )

for (const width of [390, 1440])
  withChromium(`every pane works at ${width} px, light and dark${unlessChromium}`, () =>
    tryWidth(width),
  )

/** Opens the page as a visitor with a keyboard or a mouse has it. */
const visiting = (
  run: (visit: { page: Page; card: (name: string) => Locator }) => Promise<void>,
  options: BrowserContextOptions = {},
) =>
  browsing(
    async (open) => {
      const { page, faults } = await openShowcase(open)
      await run({ page, card: (name) => page.locator(`#${name}`) })
      assert.equal(faults, [])
    },
    { reducedMotion: 'reduce', ...options },
  )

withChromium(`the fifth pane that runs stops the oldest, which says so${unlessChromium}`, () =>
  visiting(async ({ card }) => {
    const four = ['push-page', 'events', 'csv-import', 'chat']
    for (const name of four) {
      await card(name).locator('.primary').click()
      await card(name).locator('.state', { hasText: 'Running' }).waitFor()
    }
    await card('paused-page').locator('.primary').click()
    await card('push-page').locator('.state', { hasText: 'Stopped: four run at once' }).waitFor()
    // It holds two connections.
    await card('approval').locator('.primary').click()
    await card('events').locator('.state', { hasText: 'Stopped: four' }).waitFor()
    await card('csv-import').locator('.state', { hasText: 'Stopped: four' }).waitFor()
    assert.is(await card('events').locator('iframe').count(), 0)
    assert.is(await card('chat').locator('.state').textContent(), 'Running')
    await card('push-page').getByRole('button', { name: 'Open the page again' }).click()
    await card('chat').locator('.state', { hasText: 'Stopped: four' }).waitFor()
  }),
)

withChromium(`a keyboard reaches the examples, and starts and stops a pane${unlessChromium}`, () =>
  visiting(async ({ page, card }) => {
    const focused = () => page.evaluate<string>('document.activeElement.textContent')
    await page.keyboard.press('Tab')
    assert.is(await focused(), 'Skip to the examples')
    await page.keyboard.press('Enter')
    assert.is(await page.evaluate('document.activeElement.id'), 'examples')
    await page.keyboard.press('Tab')
    assert.is(await focused(), 'streamed-page')
    await page.keyboard.press('Tab')
    assert.is(await focused(), '/streamed-page')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    const pane = card('streamed-page').locator('.pane')
    await pane.locator('.state', { hasText: 'Running' }).waitFor()
    await pane.locator('.stop').press('Enter')
    assert.is(await pane.locator('.state').textContent(), 'Stopped')
    // The button that was pressed is not there any more.
    assert.match(await focused(), /^Start again/)
    assert.is(await page.evaluate('document.getAnimations().length'), 0)
  }),
)

withChromium(
  `a command is copied, or selected if that is not permitted${unlessChromium}`,
  async () => {
    const permissions = ['clipboard-read', 'clipboard-write']
    await visiting(
      async ({ page, card }) => {
        const button = card('events').locator('.copy').first()
        await button.click()
        await button.getByText('Copied').waitFor()
        const copied = await page.evaluate('navigator.clipboard.readText()')
        assert.is(copied, `curl -N --compressed ${url}/events`)
      },
      { permissions },
    )
    await visiting(async ({ page, card }) => {
      await page.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error("no"))')
      const button = card('events').locator('.copy').first()
      await button.click()
      await button.getByText('Selected').waitFor()
      assert.is(await page.evaluate('String(getSelection())'), `curl -N --compressed ${url}/events`)
    })
  },
)

withChromium(`what a pane is for stands there until the first byte${unlessChromium}`, () =>
  visiting(async ({ page, card }) => {
    const asked = deferred()
    await page.route('**/first-of', async (route) => {
      await asked.promise
      await route.continue()
    })
    const pane = card('first-of').locator('.pane')
    await pane.locator('.primary').click()
    await pane.locator('.state', { hasText: 'Waiting for the first byte' }).waitFor()
    assert.ok(await pane.locator('.see').isVisible())
    asked.resolve()
    await pane.locator('.state', { hasText: 'Running' }).waitFor()
    assert.not(await pane.locator('.see').isVisible())
    await pane.locator('.stop').click()
    assert.ok(await pane.locator('.see').isVisible())
  }),
)

withChromium(
  `at 390 px an example is found, unfolded, and left for the list${unlessChromium}`,
  () =>
    visiting(
      async ({ page, card }) => {
        await page.locator('.needs').getByRole('link', { name: 'form-upload' }).click()
        const heading = card('form-upload').getByRole('heading')
        await page.locator('.jump [aria-current]', { hasText: 'Input and files' }).waitFor()
        const bar = (await page.locator('.jump').boundingBox()) ?? { y: 0, height: 0 }
        const { y } = (await heading.boundingBox()) ?? { y: 0 }
        assert.is(bar.y, 0)
        assert.ok(y >= bar.height && y < bar.height + 60, `${y}`)
        const code = card('form-upload').locator('pre')
        assert.not(await code.isVisible())
        await card('form-upload').getByRole('button', { name: 'Code and commands' }).click()
        assert.ok(await code.isVisible())
        assert.is(await card('form-upload').locator('[aria-expanded=true]').count(), 1)
        await page.locator('.jump').getByRole('link', { name: 'All examples' }).click()
        await page
          .locator('.needs')
          .getByRole('link', { name: 'streamed-page' })
          .click({ trial: true })
      },
      { viewport: { width: 390, height: 844 } },
    ),
)

withChromium(`each copy button is named after its command${unlessChromium}`, () =>
  visiting(async ({ card }) => {
    const names = card('events').getByRole('button', { name: /^Copy (curl|node build\.mjs) / })
    assert.is(await names.count(), await card('events').locator('.copy').count())
  }),
)

withChromium(`without JavaScript, links, source and commands are there${unlessChromium}`, () =>
  browsing(
    async (open) => {
      const page = await open(url)
      for (const { name } of paneTrials) {
        const card = page.locator(`#${name}`)
        assert.ok(await card.locator('pre').isVisible())
        assert.ok(await card.getByText(`node build.mjs copy ${name} ../${name}`).isVisible())
        assert.ok(await card.getByRole('link', { name: 'README.md' }).isVisible())
        assert.is(await card.getByRole('button').count(), 0, name)
      }
    },
    { javaScriptEnabled: false },
  ),
)

showcase.after(async () => {
  await closeBrowser()
  program.signal('SIGTERM')
  await program.exited()
})
showcase.run()
