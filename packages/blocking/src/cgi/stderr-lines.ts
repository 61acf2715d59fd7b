import { StringDecoder } from 'node:string_decoder'
import { timerMs } from '@sluice/body/engine'
import type { Readable } from 'node:stream'

/** Characters of a line; a longer one is given in parts. */
const maxLine = 8192

/** A program may repeat what a client sent. Control characters would reach the terminal of those who read the log. */
export const printable = (line: string): string => line.replaceAll(/\p{Cc}/gu, '\ufffd')

/** Reads the stderr of a program as fast as it is written, so that it never blocks the program. Holds at most one line. */
export class StderrLines {
  /** Fulfils when it has ended, or was closed. */
  readonly closed: Promise<void>
  readonly #stderr: Readable
  readonly #heard: (line: string) => void
  readonly #decoder = new StringDecoder('utf8')
  #begun = ''
  #last = ''

  constructor(stderr: Readable, heard: (line: string) => void) {
    this.#stderr = stderr
    this.#heard = heard
    this.closed = new Promise((resolve) => stderr.once('close', () => resolve()))
    stderr.on('data', (bytes: Buffer) => this.#take(this.#decoder.write(bytes)))
    stderr.once('end', () => this.#end())
    // Closing follows.
    stderr.on('error', () => {})
  }

  /** The last line that was not empty. */
  get last(): string {
    return this.#last
  }

  /** For a program that has ended: reads what is there. What it has started may keep stderr open, and gets some time. */
  closeAfter(ms: number): void {
    if (this.#stderr.closed) return
    const timer = setTimeout(() => this.#stderr.destroy(), timerMs(ms)).unref()
    this.#stderr.once('close', () => clearTimeout(timer))
  }

  #take(text: string): void {
    const lines = (this.#begun + text).split('\n')
    this.#begun = lines.pop() ?? ''
    for (const line of lines) this.#give(line.endsWith('\r') ? line.slice(0, -1) : line)
    if (this.#begun.length < maxLine) return
    this.#give(this.#begun)
    this.#begun = ''
  }

  #end(): void {
    this.#take(this.#decoder.end())
    if (this.#begun !== '') this.#give(this.#begun)
    this.#begun = ''
  }

  #give(line: string): void {
    for (let at = 0; at === 0 || at < line.length; at += maxLine) {
      const part = line.slice(at, at + maxLine)
      if (/\S/.test(part)) this.#last = part
      this.#heard(part)
    }
  }
}
