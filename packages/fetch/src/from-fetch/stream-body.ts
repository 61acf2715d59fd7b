import { BodyError } from '@sluice/body'
import { foundIn, fromPull, isFrame, leavingOf, observePause } from '@sluice/body/engine'
import { StreamPull } from '../web-stream/stream-pull.ts'
import { FlushWhenIdle } from './flush-when-idle.ts'
import type { Body, Frame } from '@sluice/body'
import type { Leaving } from '@sluice/body/engine'
import type { WebStream } from '../web-stream/stream-pull.ts'

/**
 * The body of a stream of a `Response`.
 *
 * Flushes while the stream has nothing, as hosts of fetch do. An application may put frames, such as a flush, into its stream: they
 * pass, also those of unknown kinds.
 */
export const streamBody = (stream: WebStream, response: Response): Body =>
  fromPull<Frame>(() => new FlushWhenIdle(new ResponseContent(stream, leavingOf(response))))

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
