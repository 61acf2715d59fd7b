import { tmpdir } from 'node:os'
import { runProcess } from '../runner/run-process.mjs'
import { scratchFolder } from '../runner/scratch-folder.mjs'
import { hasProgram, startProgram } from './running-program.ts'

/** The browser that is installed here, if there is one. */
export const chromium: string | undefined = ['chromium', 'chromium-browser', 'google-chrome'].find(
  hasProgram,
)

/** The end of the title of a test that is skipped without a browser. */
export const unlessChromium: string =
  chromium === undefined ? ' (skipped: there is no chromium here)' : ''

/** Without a window, and with any certificate. */
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--ignore-certificate-errors',
]

/** Opens a page until `seen` settles. */
export const browse = async <T>(url: string, seen: Promise<T>): Promise<T> => {
  const { folder, discard } = scratchFolder(tmpdir(), 'chromium-')
  const args = [...flags, '--remote-debugging-port=0', `--user-data-dir=${folder}`, url]
  const program = startProgram(chromium ?? '', args)
  try {
    return await seen
  } finally {
    program.signal('SIGTERM')
    await program.exited()
    discard()
  }
}

/** Opens a page, and gives its document once all of it is there. */
export const domOf = async (url: string): Promise<string> => {
  const { folder, discard } = scratchFolder(tmpdir(), 'chromium-')
  const args = [...flags, `--user-data-dir=${folder}`, '--dump-dom', url]
  const { code, output } = await runProcess(chromium ?? '', args, { seconds: 60 })
  discard()
  if (code !== 0) throw new Error(`Cannot open ${url}: ${output}`)
  return output
}
