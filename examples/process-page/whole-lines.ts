import { isData, toBody } from '@sluice/body'
import type { Readable } from 'node:stream'

/** Characters of a line; a longer one is cut. */
const maxLine = 8192

/** The text of a stream as it arrives, in pieces that end with a line. Nothing is read before it is asked for. */
export async function* wholeLines(stream: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let held = ''
  for await (const frame of toBody(stream)) {
    if (!isData(frame)) continue
    held += decoder.decode(frame.bytes, { stream: true })
    const end = held.lastIndexOf('\n') + 1 || (held.length > maxLine ? held.length : 0)
    if (end > 0) yield printable(held.slice(0, end))
    held = held.slice(end)
  }
  held += decoder.decode()
  if (held !== '') yield printable(held)
}

/** Complete, and without the characters that terminals obey. */
const printable = (text: string): string => {
  const plain = text.replaceAll(/[^\P{Cc}\n\t]/gu, '')
  return plain.endsWith('\n') ? plain : `${plain}\n`
}
