// @slow 10
// @seconds 300
// Bodies that are larger than the memory they may take. `SLUICE_BIG_MIB=1024` tries them with a GiB each way.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { get, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startProgram } from '../support/repository/running-program.ts'
import type { ClientRequest, IncomingMessage } from 'node:http'

const mebi = 1_048_576
const mebis = Number(process.env.SLUICE_BIG_MIB ?? 128)
const warmMebis = 32
const mostGrowth = 32 * mebi

const big = suite('a blocking function takes little memory')

const responseTo = async (asked: ClientRequest): Promise<IncomingMessage> => {
  const [response] = await once(asked, 'response')
  return response
}

const textOf = async (response: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const part of response.setEncoding('utf8')) text += part
  return text
}

const path = (port: number, target: string) => ({ port, host: '127.0.0.1', path: target })

/** A MiB of lines, each with a number. */
const someLines = (part: number): Buffer => {
  const line = (index: number) =>
    `${part}-${index},"a row of a table, as it is exported",${'x'.repeat(index % 60)}\n`
  return Buffer.from(Array.from({ length: 13_000 }, (_, index) => line(index)).join(''))
}

/** Sends lines: the hash of all that was sent, and what came back. */
const upload = async (port: number, count: number) => {
  const hash = createHash('sha256')
  const asked = request({ ...path(port, '/up'), method: 'POST' })
  const responding = responseTo(asked)
  const lines = someLines(0)
  for (let part = 0; part < count; part++) {
    const sent = Buffer.concat([Buffer.from(`part ${part}\n`), lines])
    hash.update(sent)
    if (!asked.write(sent)) await once(asked, 'drain')
  }
  asked.end()
  return { sent: hash.digest('hex'), returned: await textOf(await responding) }
}

/** Reads a MiB and rests: the hash of what came, and the one that came behind it. */
const slowDownload = async (port: number, count: number) => {
  const hash = createHash('sha256')
  const response = await responseTo(get(path(port, `/down?mebis=${count}`)))
  let byteLength = 0
  let rest = mebi
  for await (const part of response) {
    hash.update(part)
    byteLength += part.length
    if (byteLength < rest) continue
    rest += mebi
    await sleep(1)
  }
  return { byteLength, received: hash.digest('hex'), written: response.trailers['x-sha256'] }
}

/**
 * After Node 22 the collector waits longer: the blocks of an asynchronous handler alone, which are garbage once they are sent, occupy 41 to
 * 47 MiB. There it is told to collect them, so that only what is held counts.
 */
const collects = Number(process.versions.node.split('.')[0]) > 22 ? ['--expose-gc'] : []

const withServer =
  (run: (port: number, grown: () => Promise<number>) => Promise<void>) => async () => {
    const program = startProgram(process.execPath, [
      ...collects,
      'test/blocking/programs/big-bodies.mjs',
    ])
    try {
      const [, port] = await program.printed(/listening on (\d+)/)
      const grown = async () =>
        JSON.parse(await textOf(await responseTo(get(path(Number(port), '/grown'))))).grown
      await run(Number(port), grown)
    } finally {
      program.signal('SIGKILL')
      await program.exited()
    }
  }

const checkGrowth = (grown: number) =>
  assert.ok(grown < mostGrowth, `${(grown / mebi).toFixed(1)} MiB more for ${mebis} MiB`)

big(
  'that reads lines of a body of any size',
  withServer(async (port, grown) => {
    await upload(port, warmMebis)
    await grown()
    const { sent, returned } = await upload(port, mebis)
    assert.is(returned, sent)
    checkGrowth(await grown())
  }),
)

big(
  'that writes more than a slow client reads',
  withServer(async (port, grown) => {
    await slowDownload(port, warmMebis)
    await grown()
    const { byteLength, received, written } = await slowDownload(port, mebis)
    assert.is(byteLength, mebis * mebi)
    assert.is(received, written)
    checkGrowth(await grown())
  }),
)

big.run()
