import { HttpError } from '@sluice/stack'

export interface FileType {
  readonly name: string
  readonly extension: string
}

/** How many bytes tell what a file is. */
export const magicBytes = 8

const types = [
  { name: 'image/png', extension: 'png', magic: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { name: 'image/jpeg', extension: 'jpg', magic: [0xff, 0xd8, 0xff] },
  { name: 'application/pdf', extension: 'pdf', magic: [0x25, 0x50, 0x44, 0x46, 0x2d] },
  { name: 'application/gzip', extension: 'gz', magic: [0x1f, 0x8b, 0x08] },
]

/**
 * Tells by its first bytes what a file is. What the client says of it, its name and its content type, may be wrong.
 *
 * @throws {HttpError} 415, if it is none of the types.
 */
export const fileType = (first: Uint8Array): FileType => {
  const found = types.find(({ magic }) => magic.every((byte, at) => first[at] === byte))
  if (found !== undefined) return found
  const hex = Array.from(first, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
  throw new HttpError(
    'UNSUPPORTED_MEDIA_TYPE',
    `Cannot take the file: it begins with ${hex || 'nothing'}, wanted a PNG, JPEG, PDF or gzip file`,
  )
}
