import { readChunk, readHead } from '../server/read-response.ts'
import type { CodingUnderTest } from '../bodies/codings.ts'
import type { RawClient } from '../server/raw-client.ts'

/** The text of a chunked, compressed response, as a client can read it while it arrives. */
export class StreamedText {
  readonly #client: RawClient
  readonly #coding: CodingUnderTest
  #chunks: Buffer[] = []
  #taken = 0

  private constructor(client: RawClient, coding: CodingUnderTest) {
    this.#client = client
    this.#coding = coding
  }

  /** Reads the head, and fails where the response is in another coding. */
  static async of(client: RawClient, coding: CodingUnderTest): Promise<StreamedText> {
    const { fields } = await readHead(client)
    const found = fields.get('content-encoding')
    if (found !== coding.coding) throw new Error(`found the coding ${found}`)
    return new StreamedText(client, coding)
  }

  /** Takes chunks until exactly this can be read of what has not been taken; fails where something else can. */
  async to(wanted: string): Promise<void> {
    let found = this.#readable()
    while (found !== wanted) {
      if (!wanted.startsWith(found))
        throw new Error(`found ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`)
      const chunk = await readChunk(this.#client)
      if (chunk === undefined) throw new Error(`found the end behind ${JSON.stringify(found)}`)
      this.#chunks.push(Buffer.from(chunk, 'latin1'))
      found = this.#readable()
    }
    this.#taken += Buffer.byteLength(wanted)
  }

  /** Takes the rest, whose coding has to be whole. */
  async rest(): Promise<string> {
    for (;;) {
      const chunk = await readChunk(this.#client)
      if (chunk === undefined) break
      this.#chunks.push(Buffer.from(chunk, 'latin1'))
    }
    const whole = Buffer.from(this.#coding.decode(Buffer.concat(this.#chunks)))
    return whole.subarray(this.#taken).toString()
  }

  #readable(): string {
    const found = Buffer.from(this.#coding.decodeBeginning(Buffer.concat(this.#chunks)))
    return found.subarray(this.#taken).toString()
  }
}
