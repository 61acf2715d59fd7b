import { HttpError } from '@sluice/stack'

export interface FileType {
  readonly name: string
  readonly extension: string
  /** As people call it. */
  readonly title: string
}

/** The types that are taken, with their first bytes: `..` is any byte. All else that is said of types is made from this table. */
const types = [
  { name: 'image/png', extension: 'png', title: 'PNG', magic: '89 50 4e 47 0d 0a 1a 0a' },
  { name: 'image/jpeg', extension: 'jpg', title: 'JPEG', magic: 'ff d8 ff' },
  {
    name: 'image/webp',
    extension: 'webp',
    title: 'WebP',
    // RIFF, four bytes of length, WEBP.
    magic: '52 49 46 46 .. .. .. .. 57 45 42 50',
  },
  { name: 'application/pdf', extension: 'pdf', title: 'PDF', magic: '25 50 44 46 2d' },
  { name: 'application/gzip', extension: 'gz', title: 'gzip', magic: '1f 8b 08' },
].map(({ magic, ...type }) => ({ type, magic: magic.split(' ') }))

/** How many bytes tell what a file is. */
export const magicBytes: number = Math.max(...types.map(({ magic }) => magic.length))

/** `PNG, JPEG or gzip`. */
export const fileTypes: string = types
  .map(({ type }) => type.title)
  .join(', ')
  .replace(/, (?=[^,]*$)/, ' or ')

/**
 * Tells by its first bytes what a file is. What the client says of it, its name and its content type, may be wrong.
 *
 * @throws {HttpError} 415, if it is none of the types.
 */
export const fileType = (first: Uint8Array): FileType => {
  const found = Array.from(first, (byte) => byte.toString(16).padStart(2, '0'))
  const known = types.find(({ magic }) =>
    magic.every((byte, at) => byte === found[at] || (byte === '..' && at < found.length)),
  )
  if (known !== undefined) return known.type
  throw new HttpError(
    'UNSUPPORTED_MEDIA_TYPE',
    `Cannot take the file: it begins with ${found.join(' ') || 'nothing'}, wanted a ${fileTypes} file`,
  )
}
