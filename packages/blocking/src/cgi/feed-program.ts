import { isData } from '@sluice/body'
import { closeQuietly, loseFrame, pullFrom } from '@sluice/body/engine'
import { lengthMismatch } from '@sluice/stack/host'
import type { Writable } from 'node:stream'
import type { AnyFrame, Body } from '@sluice/body'
import type { Silence } from './silence.ts'

/**
 * Passes content on to the stdin of a program, piece by piece: the next is pulled when the kernel has the one before.
 *
 * A program need not read its content. If it closes its stdin, the rest is not pulled.
 *
 * @param failed Called with what the content fails with: the program must not take what came for all of it.
 * @returns A function that stops it. It leaves stdin open: a program that is being ended must not take its end for that of the
 * content.
 */
export const feedProgram = (
  stdin: Writable,
  body: Body<AnyFrame>,
  byteLength: number,
  silence: Silence,
  failed: (error: unknown) => void,
): (() => void) => {
  const source = pullFrom(body)
  let isOver = false
  const stop = () => {
    if (isOver) return
    isOver = true
    silence.fed(true)
    closeQuietly(source)
  }
  // EPIPE, for example: the program has ended, or reads no more.
  stdin.on('error', stop)
  // The program has exited.
  stdin.once('close', stop)
  const pull = async (): Promise<AnyFrame | undefined> => {
    silence.fed(false)
    const frame = await source.pull()
    if (!isOver) silence.fed(true)
    return frame
  }
  const feed = async () => {
    let left = byteLength
    for (let frame = await pull(); !isOver && frame !== undefined; frame = await pull()) {
      if (!isData(frame)) {
        loseFrame(frame, 'a CGI program takes only bytes')
        continue
      }
      left -= frame.bytes.length
      if (left < 0) throw lengthMismatch('more')
      await written(stdin, frame.bytes)
    }
    if (isOver) return
    if (left > 0) throw lengthMismatch('fewer')
    isOver = true
    stdin.end()
  }
  feed().catch((error) => {
    if (isOver) return
    stop()
    failed(error)
  })
  return stop
}

/** Also calls back when the stream fails. */
const written = (stdin: Writable, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    stdin.write(bytes, () => resolve())
  })
