import { runProgram } from '../support/programs.ts'
import { done, numberIn } from './client.ts'
import type { Client } from './client.ts'

export const h2load: Client = {
  title: 'h2load --h1, 1 and 10 requests ahead',
  program: 'h2load',
  async run({ port }) {
    let requests = 0
    let failed = 0
    for (const ahead of [1, 10]) {
      const url = `http://127.0.0.1:${port}/`
      const args = ['--h1', '-n', '20000', '-c', '32', '-m', `${ahead}`, url]
      const { output } = await runProgram('h2load', args)
      const succeeded = numberIn(output, /(\d+) succeeded/)
      requests += numberIn(output, /^requests: (\d+) total/m)
      failed += 20_000 - Math.min(succeeded, numberIn(output, /status codes: (\d+) 2xx/))
    }
    return done(requests, failed)
  },
}
