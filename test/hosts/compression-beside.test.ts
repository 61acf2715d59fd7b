// @installs test/hosts
// The rows that our middleware is measured by, tried on `compression` itself: they say truly what it does, and where it differs.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { suite } from 'uvu'
import { codedRows } from '../node/compression.coded.ts'
import { endedScenes } from '../node/compression.ended.ts'
import { flushedScenes } from '../node/compression.flushed.ts'
import { layeredScenes } from '../node/compression.layered.ts'
import { negotiatedRows } from '../node/compression.negotiated.ts'
import { pressedScenes } from '../node/compression.pressed.ts'
import { writtenRows } from '../node/compression.written.ts'
import { tryRow } from '../support/node/compression-row.ts'
import { inNode } from '../support/node/in-node.ts'
import { rejects } from '../support/rejects.ts'
import type { ConnectMiddleware } from '../support/node/compression-row.ts'

const compression: (options: object) => ConnectMiddleware = createRequire(
  join(process.cwd(), 'test/hosts/package.json'),
)('compression')

const theirs = suite('compression: each row is true of it, or says how it differs')

for (const row of [...codedRows, ...negotiatedRows, ...writtenRows])
  theirs(
    row.name,
    inNode(async (start) => {
      const middleware = compression({ threshold: row.minBytes ?? 0, ...row.theirOptions })
      const wanted = row.differs?.theirs ?? row.wanted
      if (wanted === 'fails') await rejects(() => tryRow(row, start, middleware, row.wanted), Error)
      else await tryRow(row, start, middleware, wanted)
    }),
  )

const scenes = [...flushedScenes, ...pressedScenes, ...endedScenes, ...layeredScenes]

for (const scene of scenes.filter(({ theirsFails }) => theirsFails === undefined))
  theirs(
    scene.name,
    inNode((start) =>
      scene.run(start, (options = {}) => compression({ threshold: options.minBytes ?? 0 })),
    ),
  )

theirs.run()
