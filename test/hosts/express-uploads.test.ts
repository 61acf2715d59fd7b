// @installs test/hosts
// Parsers of Express 5 and 4 behind toMiddleware(decompressInput()), and alone, to show the same outcome.
import { compress, decompressInput } from '@sluice/compress'
import { toMiddleware } from '@sluice/node'
import { stack } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decoded } from '../support/node/compression-row.ts'
import { inNode } from '../support/node/in-node.ts'
import { readResponse } from '../support/server/read-response.ts'
import { versions } from './express/express.ts'
import { uploads, uploadText } from './express/uploads.ts'
import type { StartNode } from '../support/node/in-node.ts'
import type { Express, Layer } from './express/express.ts'
import type { Upload } from './express/uploads.ts'

const tryUpload = async (
  upload: Upload,
  start: StartNode,
  express: Express,
  layers: readonly Layer[],
  status: number,
): Promise<void> => {
  const app = express().set('env', 'test')
  const { connect } = await start(app.use(...layers, upload.app(express)))
  const client = await connect()
  client.send(uploadText(upload))
  const response = await readResponse(client)
  assert.is(response.status, status, `${response.head}\n${response.content}`)
  const { content } = upload.wanted
  if (content !== undefined && status === upload.wanted.status)
    assert.match(decoded(response), content)
}

const fronts: Readonly<Record<string, () => readonly Layer[]>> = {
  'toMiddleware(decompressInput())': () => [
    toMiddleware(decompressInput({ maxBytes: 1_000_000, maxRatio: 10_000 })),
  ],
  'one stack of compress() and decompressInput()': () => [
    toMiddleware(
      stack(compress({ minBytes: 0 }), decompressInput({ maxBytes: 1_000_000, maxRatio: 10_000 })),
    ),
  ],
}

const theirStatus = ({ wanted, differs }: Upload, version: string): number =>
  differs !== undefined && (differs.version ?? version) === version ? differs.status : wanted.status

for (const { name, express } of versions) {
  for (const [front, layers] of Object.entries(fronts)) {
    const ours = suite(`${name}: uploads behind ${front}`)
    for (const upload of uploads)
      ours(
        upload.name,
        inNode((start) => tryUpload(upload, start, express, layers(), upload.wanted.status)),
      )
    ours.run()
  }

  const theirs = suite(
    `${name}: uploads to it alone have the same outcome, or differ as the row says`,
  )
  for (const upload of uploads)
    theirs(
      upload.name,
      inNode((start) => tryUpload(upload, start, express, [], theirStatus(upload, name))),
    )
  theirs.run()
}
