import { withoutBlanks } from '@sluice/body/engine'
import mimeDb from 'mime-db'

/** Unregistered types that are text by their names, such as application/x-ndjson. */
const textual = /^text\/|(?:json|jsonl|text|xml|yaml)$/

/**
 * Whether content of a type becomes smaller: by mime-db or, if that says nothing, by the name of the type.
 *
 * @param type A `content-type` field; its parameters are ignored. Without one the answer is no.
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
  withoutBlanks(type?.split(';', 1)[0] ?? '').toLowerCase()
