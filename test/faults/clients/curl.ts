import { runProgram } from '../support/programs.ts'
import { done } from './client.ts'
import type { Client } from './client.ts'

const mebi = 1_048_576

/** What is asked, and the line that each answer makes: the status and the bytes of its content. */
const cases = [
  { path: '/id?id=id-[100-299]', args: [], count: 200, line: '200 6' },
  {
    path: '/id?id=id-[100-199]',
    args: ['-H', 'connection: keep-alive'],
    count: 100,
    line: '200 6',
  },
  { path: `/download?bytes=${8 * mebi}`, args: [], count: 1, line: `200 ${8 * mebi}` },
  { path: '/upload', args: ['--data-binary', 'a'.repeat(60_000)], count: 1, line: '200 5' },
  { path: '/', args: ['--head'], count: 1, line: '200 0' },
] as const

export const curl: Client = {
  title: 'curl --http1.0',
  program: 'curl',
  async run({ port }) {
    let requests = 0
    let failed = 0
    for (const { path, args, count, line } of cases) {
      const form = ['-o', '/dev/null', '-w', '%{http_code} %{size_download}\n']
      const url = `http://127.0.0.1:${port}${path}`
      const { code, output } = await runProgram('curl', [
        '--http1.0',
        '-sSf',
        ...form,
        ...args,
        url,
      ])
      const good = output.split('\n').filter((each) => each === line).length
      requests += count
      failed += code === 0 ? count - good : Math.max(1, count - good)
    }
    return done(requests, failed)
  },
}
