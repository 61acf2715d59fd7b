// Two copies of the package in one process: one reader of a body all the same.
import { cpSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { readText, toBody } from '@sluice/body'
import { hearReceiptErrors, pullFrom } from '@sluice/body/engine'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rejects } from '../support/rejects.ts'
import type * as bodyPackage from '@sluice/body'
import type * as engine from '@sluice/body/engine'

const importCopy = async (): Promise<typeof bodyPackage & typeof engine> => {
  const folder = join(tmpdir(), 'other-copy')
  cpSync('packages/body/dist', folder, { recursive: true })
  const entries = ['index.js', 'engine/index.js'].map((path) => pathToFileURL(join(folder, path)))
  const [body, pulls] = await Promise.all(entries.map((entry) => import(entry.href)))
  return { ...body, ...pulls }
}

const copies = suite('two copies of @sluice/body')

async function* generated() {
  yield 'a'
  yield 'b'
}
function* generatedAtOnce() {
  yield 'a'
  yield 'b'
}
const frames = async function* () {
  yield { kind: 'data', bytes: Uint8Array.of(97) } as const
}
const web = () =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(Uint8Array.of(97))
      controller.close()
    },
  })

for (const [name, make] of [
  ['a generator', generatedAtOnce],
  ['an async generator', generated],
  ['a Node stream', () => Readable.from(['a', 'b'])],
  ['a web stream', web],
] as const)
  copies(`${name} that one copy reads is refused by the other`, async () => {
    const copy = await importCopy()
    assert.is.not(copy.toBody, toBody)
    const source = make()
    const one = pullFrom(toBody(source))
    await rejects(() => copy.readText(copy.toBody(source)), 'BODY_USED')
    await one.close()
    const other = make()
    const reading = copy.pullFrom(copy.toBody(other))
    await rejects(() => readText(toBody(other)), 'BODY_USED')
    await reading.close()
  })

copies('a generator of frames that one copy reads as a body is refused by the other', async () => {
  const copy = await importCopy()
  const body = frames()
  assert.is(await copy.readText(body), 'a')
  await rejects(() => readText(body), 'BODY_USED')
})

copies('what a receipt throws in one copy is heard in the other', async () => {
  const copy = await importCopy()
  const heard: unknown[] = []
  const stop = hearReceiptErrors((error) => heard.push(error))
  const broken = new Error('broken')
  copy.settleReceipt(() => {
    throw broken
  })
  stop()
  assert.ok(heard.length === 1 && heard[0] === broken)
})

copies.run()
