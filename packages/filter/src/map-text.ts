import { encodeText, passingTraits } from '@sluice/body/engine'
import { filter } from './filter.ts'
import type { Filter } from './filter.ts'

/**
 * Maps UTF-8 text to text, a frame at a time, wherever the bytes were cut.
 *
 * Holds at most three bytes, those of an incomplete character. They stay held at a flush, since half a character cannot be
 * mapped. Ill-formed sequences become U+FFFD. If `map` looks at more than single characters, its result depends on where the
 * bytes were cut; a filter that rewrites words must hold back what may be half a word.
 *
 * @example
 * ```ts
 * import { readText, toBody } from '@sluice/body'
 * import { mapText } from '@sluice/filter'
 *
 * const loud = mapText((part) => part.toUpperCase())
 * if ((await readText(loud(toBody([Uint8Array.of(0xc3), Uint8Array.of(0xa9)])))) !== 'É') throw new Error('cut')
 * ```
 */
export const mapText = (map: (text: string) => string): Filter =>
  filter(
    'mapText',
    () => {
      const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
      const mapped = (text: string) => (text === '' ? undefined : encodeText(map(text)))
      return {
        data: (bytes) => mapped(decoder.decode(bytes, { stream: true })),
        release: (why) =>
          why === 'trailers' || why === 'end' ? mapped(decoder.decode()) : undefined,
      }
    },
    { traits: { ...passingTraits, bytes: 'changed', holds: 'bounded' } },
  )
