import { readFileSync } from 'node:fs'
import type { Frame, Page } from 'playwright-core'

const source = readFileSync('node_modules/axe-core/axe.min.js', 'utf8')

/** Of a phone and of a pane in a page. */
const sizes = [
  { width: 390, height: 844 },
  { width: 1440, height: 320 },
]

/**
 * What is wrong with a page: the rules of axe that it breaks, in light and in dark, and whether it is wider than a screen. It may still be
 * streaming.
 */
export const faultsOf = async (page: Page): Promise<readonly string[]> => {
  const faults: string[] = []
  for (const frame of page.frames()) await frame.evaluate(source)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const size of sizes) {
      await page.setViewportSize(size)
      const found = await page.evaluate<readonly string[]>(findFaults)
      faults.push(...found.map((fault) => `${colorScheme}, ${size.width} px: ${fault}`))
    }
  }
  return faults
}

/** What is wrong with a page, or with a frame in one, as it is now. Frames in it are not looked into. */
export const faultsNow = async (frame: Frame | Page): Promise<readonly string[]> => {
  await frame.evaluate(source)
  return frame.evaluate<readonly string[]>(findFaults)
}

/** Runs in the page. */
const findFaults = `(async () => {
  const { violations } = await axe.run(document, { iframes: false })
  const faults = violations.map(({ id, nodes }) => id + ' at ' + nodes.map((node) => node.html).join(', '))
  const { scrollWidth, clientWidth } = document.documentElement
  return scrollWidth > clientWidth ? [...faults, 'wider by ' + (scrollWidth - clientWidth)] : faults
})()`
