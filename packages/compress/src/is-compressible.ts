import mimeDb from 'mime-db'

/** Types that nobody has registered, such as application/x-ndjson, and that their names tell to be text. */
const textual = /^text\/|(?:json|jsonl|text|xml|yaml)$/

/**
 * Whether content of a type becomes smaller: as mime-db says, and where it says nothing, by the name of the type.
 *
 * @param type A `content-type` field; its parameters do not count. Without one the answer is no.
 *
 * @example
 * ```ts
 * import { isCompressible } from '@sluice/compress'
 *
 * if (!isCompressible('text/html; charset=utf-8') || isCompressible('image/png')) throw new Error('misjudged')
 * ```
 */
export const isCompressible = (type: string | undefined): boolean => {
  const name = mediaType(type)
  return mimeDb[name]?.compressible ?? textual.test(name)
}

/** A type without its parameters, in lower case. */
export const mediaType = (type: string | undefined): string =>
  (type?.split(';', 1)[0] ?? '').trim().toLowerCase()
