import { BodyError } from '@sluice/body'
import { foundIn, fromPull, isFrame, observePause } from '@sluice/body/engine'
import { StreamPull } from '../web-stream/stream-pull.ts'
import { FlushWhenIdle } from './flush-when-idle.ts'
import type { Body, Frame } from '@sluice/body'
import type { Leaving, WebStream } from '../web-stream/leave-stream.ts'

/**
 * The body of a stream of a `Response`.
 *
 * Flushes while the stream has nothing, as hosts of fetch do. An application may put frames, such as a flush, into its stream: they
 * pass, also those of unknown kinds.
 */
export const streamBody = (stream: WebStream, { headers, url }: Response): Body =>
  fromPull<Frame>(() => new FlushWhenIdle(new ResponseContent(stream, leavingOf(headers, url))))

/** FormData has this type. What came by `fetch` has a URL, and is neither FormData nor an iterable. */
const leavingOf = (headers: Headers, url: string): Leaving => {
  if (url !== '') return 'at once'
  const isForm = headers.get('content-type')?.startsWith('multipart/form-data') === true
  return isForm ? 'drain' : 'after the read'
}

class ResponseContent extends StreamPull<Frame> {
  constructor(stream: WebStream, leaving: Leaving) {
    super(leaving)
    try {
      this.open(stream)
    } catch (cause) {
      const message = 'Cannot read the response: its body is being read'
      throw new BodyError('BODY_USED', message, { cause })
    }
  }

  protected start(): void {}

  protected frameOf(chunk: unknown): Frame {
    if (!isOfFrames(chunk))
      this.refuse(
        new BodyError(
          'BODY_INVALID',
          `Cannot read the response: found ${foundIn(chunk)} in its stream, wanted bytes`,
        ),
      )
    observePause(chunk)
    return chunk
  }

  protected errorOf(error: unknown): unknown {
    return error
  }
}

const isOfFrames = (chunk: unknown): chunk is Frame => isFrame(chunk)
