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
  for (const frame of page.frames()) await putAxeIn(frame)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const size of sizes) {
      await page.setViewportSize(size)
      const found = await page.evaluate<readonly string[]>(findFaults({ frames: true }))
      faults.push(...found.map((fault) => `${colorScheme}, ${size.width} px: ${fault}`))
    }
  }
  return faults
}

/** What is wrong with a frame as it is now, and with those in it if `frames` says so. */
export const faultsNow = async (frame: Frame, options: Looking): Promise<readonly string[]> => {
  for (const each of options.frames ? [frame, ...frame.childFrames()] : [frame])
    await putAxeIn(each)
  return frame.evaluate<readonly string[]>(findFaults(options))
}

interface Looking {
  readonly frames: boolean
}

/** Compiling it takes longer than asking whether it is there. */
const putAxeIn = async (frame: Frame): Promise<void> => {
  if (!(await frame.evaluate<boolean>("'axe' in window"))) await frame.evaluate(source)
}

/** A script that runs in the page. */
const findFaults = ({ frames }: Looking): string => `(async () => {
  const options = { resultTypes: ['violations'], iframes: ${frames} }
  const { violations } = await axe.run(document, options)
  const faults = violations.map(({ id, nodes }) => id + ' at ' + nodes.map((node) => node.html).join(', '))
  const { scrollWidth, clientWidth } = document.documentElement
  return scrollWidth > clientWidth ? [...faults, 'wider by ' + (scrollWidth - clientWidth)] : faults
})()`
