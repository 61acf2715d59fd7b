// What the tests of the npm package `compression` cover, as rows of our own: apps of node:http behind toMiddleware(compress()).
// A row that `compression` fails, or passes otherwise, says why; test/hosts/ tries them on it.
import { compress } from '@sluice/compress'
import { toMiddleware } from '@sluice/node'
import { suite } from 'uvu'
import { tryRow } from '../support/node/compression-row.ts'
import { inNode } from '../support/node/in-node.ts'
import { asNodeRows } from './compression.as-node.ts'
import { codedRows } from './compression.coded.ts'
import { endedScenes } from './compression.ended.ts'
import { flushedScenes } from './compression.flushed.ts'
import { layeredScenes } from './compression.layered.ts'
import { negotiatedRows } from './compression.negotiated.ts'
import { pressedScenes } from './compression.pressed.ts'
import { writtenRows } from './compression.written.ts'
import type { ConnectMiddleware, Row } from '../support/node/compression-row.ts'

/** Does nothing, but that there is a `res.flush`. */
const passes: ConnectMiddleware = (_, res, next) => {
  Reflect.set(res, 'flush', () => {})
  next()
}

const tables: Readonly<Record<string, readonly Row[]>> = {
  coded: codedRows,
  negotiated: negotiatedRows,
  written: writtenRows,
}

for (const [name, rows] of Object.entries(tables)) {
  const each = suite(`toMiddleware(compress()): ${name}`)
  for (const row of rows)
    each(
      row.name,
      inNode((start) => {
        const middleware = toMiddleware(compress({ minBytes: row.minBytes ?? 0, ...row.options }))
        return tryRow(row, start, middleware, row.wanted)
      }),
    )
  each.run()
}

const withCoding =
  (coding: 'any' | 'none') =>
  (row: Row): Row => ({ ...row, wanted: { ...row.wanted, coding } })

/** The same, if nothing is compressed. */
const plainRows = [...writtenRows, ...asNodeRows].map(withCoding('none'))

const variants: readonly { readonly name: string; readonly rows: readonly Row[] }[] = [
  { name: 'compressed', rows: asNodeRows.map(withCoding('any')) },
  { name: 'plain', rows: plainRows.map((row) => ({ ...row, accepts: 'identity' })) },
  {
    name: 'left alone',
    rows: plainRows.map((row) => ({ ...row, options: { isCompressible: () => false } })),
  },
]

for (const { name, rows } of variants) {
  const each = suite(`toMiddleware(compress()): as in node:http, ${name}`)
  for (const row of rows)
    each(
      row.name,
      inNode((start) => {
        const middleware = toMiddleware(compress({ minBytes: 0, ...row.options }))
        return tryRow(row, start, middleware, row.wanted)
      }),
    )
  each.run()
}

const alone = suite('node:http alone: the same rows are true of it')

for (const row of plainRows)
  alone(
    row.name,
    inNode((start) => tryRow(row, start, passes, row.wanted)),
  )

alone.run()

const acts = suite('toMiddleware(compress()): scenes')

const scenes = [...flushedScenes, ...pressedScenes, ...endedScenes, ...layeredScenes]

for (const scene of scenes)
  acts(
    scene.name,
    inNode((start) =>
      scene.run(start, (options) => toMiddleware(compress({ minBytes: 0, ...options }))),
    ),
  )

acts.run()
