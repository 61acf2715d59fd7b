import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const folders = new Set()

const discardFolder = (folder) => {
  folders.delete(folder)
  rmSync(folder, { recursive: true, force: true })
}

// Also when a signal ends this process: run-process.mjs makes an exit of it.
process.once('exit', () => {
  for (const folder of folders) discardFolder(folder)
})

/**
 * Makes a folder of its own for each caller, `<parent>/<prefix>XXXXXX`.
 *
 * @returns `folder`, and `discard()` to delete it, which happens at the end of the process at the latest.
 */
export const scratchFolder = (parent, prefix) => {
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, prefix))
  folders.add(folder)
  return { folder, discard: () => discardFolder(folder) }
}
