// The only file that needs Node: the rest of this package runs on every web platform.
import { randomUUID } from 'node:crypto'
import { open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FileHandle } from 'node:fs/promises'
import type { Spill, SpillFile } from './spill.ts'

export interface TempFileOptions {
  /** An existing folder; by default `os.tmpdir()`, read anew for each file. */
  readonly dir?: string
}

/**
 * Stores bodies in temporary files without a name: each is created for one body, readable by this user alone, and unlinked at
 * once. So none is left if the process is killed. A file takes one descriptor until its body is over.
 *
 * @param options.dir A folder; `os.tmpdir()` by default.
 * @throws {TypeError} At the call, when `dir` is not a string.
 *
 * @example
 * ```ts
 * import { readText, toBody } from '@sluice/body'
 * import { spool } from '@sluice/write-buffering'
 * import { tempFile } from '@sluice/write-buffering/spool'
 *
 * const { body, byteLength } = await spool({ maxMemoryBytes: 4, spill: tempFile() })(toBody('to the file'))
 * if (byteLength !== 11 || (await readText(body)) !== 'to the file') throw new Error('lost')
 * ```
 */
export const tempFile = ({ dir }: TempFileOptions = {}): Spill => {
  if (dir !== undefined && typeof dir !== 'string')
    throw new TypeError(`Cannot use dir: found a ${typeof dir}, wanted a path`)
  return { open: () => openTempFile(dir) }
}

const openTempFile = async (dir: string | undefined): Promise<SpillFile> => {
  const path = join(dir ?? tmpdir(), `sluice-${randomUUID()}`)
  // 'x': never opens an existing file or link.
  const handle = await open(path, 'wx+', 0o600)
  try {
    await unlink(path)
  } catch (error) {
    await handle.close()
    throw error
  }
  return new TempFile(handle)
}

class TempFile implements SpillFile {
  readonly #handle: FileHandle
  #end = 0

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  async append(parts: readonly Uint8Array[]): Promise<void> {
    // A full disk may take the first bytes of a write before it refuses the others.
    for (let left = parts; left.length > 0; ) {
      const { bytesWritten } = await this.#handle.writev(left, this.#end)
      this.#end += bytesWritten
      left = after(left, bytesWritten)
    }
  }

  async read(position: number, maxBytes: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(maxBytes)
    const { bytesRead } = await this.#handle.read(bytes, 0, maxBytes, position)
    return bytes.subarray(0, bytesRead)
  }

  /** Waits for pending calls, as a file handle does. */
  close(): Promise<void> {
    return this.#handle.close()
  }
}

/** The parts without their first `byteLength` bytes. */
const after = (parts: readonly Uint8Array[], byteLength: number): readonly Uint8Array[] => {
  let left = byteLength
  for (const [index, part] of parts.entries()) {
    if (part.length > left) return [part.subarray(left), ...parts.slice(index + 1)]
    left -= part.length
  }
  return []
}
