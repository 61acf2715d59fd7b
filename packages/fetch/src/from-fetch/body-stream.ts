import { closeBody, reader } from '@sluice/body'
import type { AnyFrame, Body, Reader } from '@sluice/body'

/** The content of a request as a stream. Nothing is read before it is asked for; cancelling closes the body once. */
export const bodyStream = (body: Body<AnyFrame>): ReadableStream<Uint8Array> => {
  let from: Reader<AnyFrame> | undefined
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        from ??= reader(body)
        const bytes = await from.read()
        if (bytes === undefined) controller.close()
        else controller.enqueue(bytes)
      },
      cancel: () => (from === undefined ? closeBody(body) : from.close()),
    },
    { highWaterMark: 0 },
  )
}
