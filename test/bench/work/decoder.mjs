import { inRounds } from '../support/rounds.mjs'
import { runProgram } from '../support/run-program.mjs'

const labels = {
  sluice: 'Sluice',
  llhttp: "llhttp, Node's own",
  'http-parser-js': 'http-parser-js',
}

const sizes = { '16 bytes': '16', '128 bytes': '128', '1 KiB': '1024', '64 KiB': '65536' }

const measure = async ({ peer, variant, command }) => {
  const values = await runProgram({ command }, 'test/bench/programs/decoder.mjs', [
    peer,
    sizes[variant],
  ])
  return values.rate === undefined ? [] : [{ variant, values }]
}

export const decoder = {
  name: 'decoder',
  title: 'The decoder of the chunked coding alone',
  about:
    'Without a socket: a body of 8 MiB on the wire in pieces of 64 KiB, as a socket gives them, again and again. The others parse whole messages; the head is a small part of one. Large chunks are handed on as views, so that bytes a second say little there.',
  metrics: {
    rate: { title: 'MiB/s', compared: true },
    chunks: { title: 'million chunks/s' },
  },
  charted: 'chunks',
  variantTitle: 'chunks of',
  labels,
  usesPeers: false,
  marks: [],
  run: (bench) =>
    inRounds(
      Object.keys(sizes).flatMap((variant) =>
        Object.keys(labels)
          .filter((peer) => bench.only === undefined || bench.only.includes(peer))
          .flatMap((peer) =>
            bench.runtimes
              .filter(({ kind }) => kind === 'node')
              .map(({ name, command }) => ({ peer, variant, runtime: name, command })),
          ),
      ),
      bench,
      measure,
    ),
}
