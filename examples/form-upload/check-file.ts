import { createHash } from 'node:crypto'
import { isData, reader } from '@sluice/body'
import { tap } from '@sluice/filter'
import { HttpError } from '@sluice/stack'
import { spool } from '@sluice/write-buffering'
import { tempFile } from '@sluice/write-buffering/spool'
import { fileType, magicBytes } from './file-type.ts'
import type { FilePart } from './form-parts.ts'
import type { CheckedFile } from './store.ts'

/** Small files stay in memory. The temporary file of a larger one has no name, so that nothing can leave it behind. */
const hold = spool({ maxMemoryBytes: 65_536, spill: tempFile() })

/**
 * Looks at the first bytes of a file before more of it is read, and hashes it on its way into memory or a temporary file. Close the
 * body of the file that you get.
 */
export const checkFile = async ({ fileName: name, body }: FilePart): Promise<CheckedFile> => {
  const from = reader(body)
  const type = fileType(await from.peek(magicBytes))
  const hash = createHash('sha256')
  const hashed = tap(() => ({
    frame(frame) {
      if (isData(frame)) hash.update(frame.bytes)
    },
  }))
  const held = await hold(hashed(from.rest()))
  return { name, type, ...held, sha256: hash.digest('hex') }
}

/**
 * Compares digests that the client sent with those of its files, in order. An empty one is not compared.
 *
 * @throws {HttpError} `DIGEST_MISMATCH`, 422.
 */
export const checkDigests = (files: readonly CheckedFile[], digests: readonly string[]): void => {
  for (const [at, wanted] of digests.entries()) {
    const found = files[at]?.sha256 ?? 'of no file'
    if (wanted === '' || wanted.toLowerCase() === found) continue
    const message = `Cannot take file ${at + 1}: its sha256 is ${found}, wanted ${wanted}`
    throw new HttpError('DIGEST_MISMATCH', message, { status: 422 })
  }
}
