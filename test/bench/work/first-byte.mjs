import { get } from 'node:http'
import { constants, createGunzip } from 'node:zlib'
import { eachCompressor, printProbe } from '../support/compressors.mjs'
import { median, readable } from '../support/statistics.mjs'

const rounds = 3

/** Milliseconds from the request to the first byte of content that can be read, and to the last. */
const timesOf = (port, path) =>
  new Promise((resolve, reject) => {
    const started = performance.now()
    const headers = { 'accept-encoding': 'gzip' }
    const request = get({ port, path, host: '127.0.0.1', agent: false, headers }, (response) => {
      const coding = response.headers['content-encoding']
      if (response.statusCode !== 200 || coding !== 'gzip')
        return reject(new Error(`${path} answered ${response.statusCode}, ${coding}`))
      let first
      const content = createGunzip({ flush: constants.Z_SYNC_FLUSH })
      response.pipe(content)
      content.on('data', () => {
        first ??= performance.now() - started
      })
      content.on('end', () => resolve({ first, last: performance.now() - started }))
      content.on('error', reject)
    })
    request.on('error', reject)
  })

const rowOf = async (label, port, path) => {
  const times = []
  for (let round = 0; round <= rounds; round++) times.push(await timesOf(port, path))
  // The first is for warming up.
  const [, ...counted] = times
  return [
    label,
    readable(median(counted.map(({ first }) => first))),
    readable(median(counted.map(({ last }) => last))),
  ]
}

/** Those that can be told to let out what they have, and how. */
const told = {
  sluice: 'a flush frame',
  express: 'response.flush()',
  fastify: 'zlibOptions.flush, every write',
}

/** A page whose shell is ready at once and whose rest comes after 1,500 ms: when can the client read the shell? */
export const firstByte = {
  name: 'first-byte',
  probe: true,
  async run() {
    const rows = await eachCompressor(async ({ name, label }, { port }) => {
      const asIs = await rowOf(label, port, '/page')
      if (told[name] === undefined) return [asIs]
      return [asIs, await rowOf(`${label}, ${told[name]}`, port, '/flushed-page')]
    })
    const columns = [
      { title: 'gzip by', text: true },
      { title: 'first content, ms' },
      { title: 'all of it, ms' },
    ]
    printProbe('First byte: shell ready at 0 ms, the rest at 1,500 ms', columns, rows)
  },
}
