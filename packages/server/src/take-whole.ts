import { isData, isPromiseLike, loseFrame } from '@sluice/body'
import type { AnyFrame, Pull } from '@sluice/body'

/**
 * Takes a body of `byteLength` bytes that is there at once in one frame, as answers of a value are; where it is not, gives a
 * source that still gives all of it.
 */
export const takeWhole = (
  source: Pull<AnyFrame>,
  byteLength: number,
): Uint8Array | Pull<AnyFrame> => {
  const first = source.pull()
  if (first === undefined || isPromiseLike(first)) return withFirst([first], source)
  if (!isData(first) || first.bytes.length !== byteLength) return withFirst([first], source)
  const second = source.pull()
  return second === undefined ? first.bytes : withFirst([first, second], source)
}

/** A source from which frames have been pulled already. */
const withFirst = (
  pulled: ReturnType<Pull<AnyFrame>['pull']>[],
  source: Pull<AnyFrame>,
): Pull<AnyFrame> => ({
  pull: () => (pulled.length > 0 ? pulled.shift() : source.pull()),
  close() {
    for (const frame of pulled) {
      if (frame !== undefined && !isPromiseLike(frame))
        loseFrame(frame, 'the response was cut before it')
    }
    pulled.length = 0
    return source.close()
  },
})
