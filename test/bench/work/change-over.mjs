import { readFileSync } from 'node:fs'
import { deflateRaw, deflateRawSync } from 'node:zlib'
import { printProbe } from '../support/compressors.mjs'
import { median, readable } from '../support/statistics.mjs'

const rounds = 9
const sizes = [512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536]

const text = readFileSync('node_modules/typescript5/lib/typescript.js').subarray(0, 4_194_304)

const inPlace = (bytes) => deflateRawSync(bytes)
const inPool = (bytes) =>
  new Promise((resolve, reject) => {
    deflateRaw(bytes, (error, coded) => (error === null ? resolve(coded) : reject(error)))
  })

/** CPU of the whole process and time of a piece, in microseconds. */
const measure = async (compress, size) => {
  const pieces = Math.min(1000, Math.ceil(2_097_152 / size))
  const before = process.cpuUsage()
  const started = performance.now()
  for (let i = 0; i < pieces; i++) {
    const at = (i * size) % (text.length - size)
    await compress(text.subarray(at, at + size))
  }
  const { user, system } = process.cpuUsage(before)
  return {
    cpu: (user + system) / pieces,
    wall: ((performance.now() - started) * 1000) / pieces,
  }
}

/** From where on the thread pool is worth it: what it adds to the work, and for how long the event loop stands still without. */
export const changeOver = {
  name: 'change-over',
  probe: true,
  async run() {
    const rows = []
    for (const size of sizes) {
      const found = []
      for (let round = -1; round < rounds; round++) {
        const each = { place: await measure(inPlace, size), pool: await measure(inPool, size) }
        if (round >= 0) found.push(each)
      }
      const of = (pick) => median(found.map(pick))
      rows.push([
        size.toLocaleString('en-US'),
        readable(of(({ place }) => place.cpu)),
        readable(of(({ pool }) => pool.cpu)),
        `${Math.round((of(({ place, pool }) => pool.cpu / place.cpu) - 1) * 100)} %`,
        readable(of(({ place }) => place.wall)),
        readable(of(({ pool }) => pool.wall)),
      ])
    }
    const columns = [
      { title: 'bytes of JavaScript' },
      { title: 'CPU in place, us' },
      { title: 'CPU in the pool, us' },
      { title: 'more' },
      { title: 'time in place, us' },
      { title: 'time in the pool, us' },
    ]
    printProbe('In place or in the thread pool: deflate, level 6', columns, rows, { peers: false })
  },
}
