import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isData } from '@sluice/body'
import type { Body } from '@sluice/body'
import type { FileType } from './file-type.ts'

/** A file that has arrived whole, and is what it was to be. */
export interface CheckedFile {
  readonly name: string
  readonly type: FileType
  readonly sha256: string
  readonly byteLength: number
  readonly body: Body
}

export type Save = (file: CheckedFile) => PromiseLike<void>

/** Keeps files in a folder, under their digests: names of clients are no paths. A file is there whole, or not at all. */
export const folder =
  (path: string): Save =>
  async ({ sha256, type, body }) => {
    await mkdir(path, { recursive: true })
    const partial = join(path, `${randomUUID()}.part`)
    try {
      await writeFile(partial, bytesOf(body), { flag: 'wx' })
      await rename(partial, join(path, `${sha256}.${type.extension}`))
    } catch (error) {
      await rm(partial, { force: true })
      throw error
    }
  }

async function* bytesOf(body: Body): AsyncGenerator<Uint8Array> {
  for await (const frame of body) if (isData(frame)) yield frame.bytes
}

/** Keeps nothing: the file is gone when it has been checked. */
export const nowhere: Save = async () => {}
