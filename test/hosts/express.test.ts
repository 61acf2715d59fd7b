// @installs test/hosts
// Handlers of Express 5 and 4 behind toMiddleware(compress()), and behind `compression` to show the same outcome.
import { compress } from '@sluice/compress'
import { toMiddleware } from '@sluice/node'
import { suite } from 'uvu'
import { tryExchange } from '../support/node/compression-row.ts'
import { inNode } from '../support/node/in-node.ts'
import { rejects } from '../support/rejects.ts'
import { answers } from './express/answers.ts'
import { compression, versions } from './express/express.ts'
import { scenes } from './express/scenes.ts'
import type { StartNode } from '../support/node/in-node.ts'
import type { ExpressRow } from './express/answers.ts'
import type { Express, Layer } from './express/express.ts'

const tryAnswer = (
  row: ExpressRow,
  start: StartNode,
  express: Express,
  middleware: Layer,
  wanted: ExpressRow['wanted'],
): Promise<void> => {
  const noted: string[] = []
  const built = row.build(express, middleware, (seen) => noted.push(seen))
  return tryExchange(row, start, built, wanted, noted)
}

for (const { name, express } of versions) {
  const ours = suite(`${name}: answers behind toMiddleware(compress())`)
  for (const row of answers)
    ours(
      row.name,
      inNode((start) => tryAnswer(row, start, express, toMiddleware(compress()), row.wanted)),
    )
  ours.run()

  const theirs = suite(
    `${name}: answers behind \`compression\` are the same, or differ as the row says`,
  )
  for (const row of answers)
    theirs(
      row.name,
      inNode(async (start) => {
        const wanted = row.differs?.theirs ?? row.wanted
        const run = (it: ExpressRow['wanted']) => tryAnswer(row, start, express, compression(), it)
        if (wanted === 'fails') await rejects(() => run(row.wanted), Error)
        else await run(wanted)
      }),
    )
  for (const scene of scenes.filter(({ theirsFails }) => theirsFails === undefined))
    theirs(
      scene.name,
      inNode((start) => scene.run(start, express, compression())),
    )
  theirs.run()
}
