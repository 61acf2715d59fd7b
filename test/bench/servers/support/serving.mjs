import process from 'node:process'

/**
 * Runs one app of a server and speaks with the bench: the port on standard output, memory on demand, the end with the input.
 *
 * Lines, not IPC, so that Deno and Bun take part. When the bench dies, however it dies, its end of the input closes.
 *
 * @param apps By name: a function from the other arguments to the port, or a promise of it.
 */
export const serving = async (apps) => {
  const [name, ...args] = process.argv.slice(2)
  const app = apps[name]
  if (app === undefined) {
    process.stdout.write(`${JSON.stringify({ missing: name })}\n`)
    process.exit(0)
  }
  const port = await app(...args)
  process.stdout.write(`${JSON.stringify({ port })}\n`)
  process.stdin.on('data', () => process.stdout.write(`${JSON.stringify(memory())}\n`))
  process.stdin.on('end', () => process.exit(0))
}

/** Collects garbage where that can be asked for: once is not enough for what finalizers and weak references held. */
const memory = () => {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.()
    globalThis.Bun?.gc(true)
  }
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rss, heapUsed, external }
}

/** Listens on any free port of the loopback interface, for servers of `node:http` and `node:net`. */
export const listen = (server) =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server.address().port))
  })
