import { runProgram } from '../support/programs.ts'
import { done, numberIn } from './client.ts'
import type { Client } from './client.ts'

const wanted = 20_000

/** HTTP/1.0 with `Connection: keep-alive`, which lasts only where the answer says so and has a length. */
export const ab: Client = {
  title: 'ab -k (HTTP/1.0 keep-alive)',
  program: 'ab',
  async run({ port }) {
    const args = ['-q', '-k', '-n', `${wanted}`, '-c', '32', `http://127.0.0.1:${port}/`]
    const { output } = await runProgram('ab', args)
    const complete = numberIn(output, /^Complete requests:\s+(\d+)/m)
    const kept = numberIn(output, /^Keep-Alive requests:\s+(\d+)/m)
    const failed = numberIn(output, /^Failed requests:\s+(\d+)/m)
    const not2xx = /^Non-2xx responses:/m.test(output) ? 1 : 0
    // A connection that was closed after its answer is no failed request to ab, but it is one to us.
    const lost = Math.max(failed + not2xx, wanted - complete, complete - kept)
    return done(complete, lost, `, ${kept} kept alive`)
  },
}
