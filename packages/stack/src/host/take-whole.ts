import { isData } from '@sluice/body'
import { isPromiseLike, loseFrame, observePause, observePromise } from '@sluice/body/engine'
import type { AnyFrame } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'

/**
 * Takes a body of `byteLength` bytes that is there at once, in one frame, as responses of a value are. Otherwise gives a source that
 * still gives all of it.
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

/** A source from which frames were pulled already. They may wait for long: for earlier responses, or for room. */
const withFirst = (
  pulled: ReturnType<Pull<AnyFrame>['pull']>[],
  source: Pull<AnyFrame>,
): Pull<AnyFrame> => {
  for (const frame of pulled) {
    if (isPromiseLike(frame)) observePromise(frame)
    else if (frame !== undefined) observePause(frame)
  }
  return {
    pull: () => (pulled.length > 0 ? pulled.shift() : source.pull()),
    close() {
      for (const frame of pulled.splice(0)) {
        if (isPromiseLike(frame)) frame.then(lose, () => {})
        else lose(frame)
      }
      return source.close()
    },
  }
}

const lose = (frame: AnyFrame | undefined): void =>
  loseFrame(frame, 'the response was cut before it')
