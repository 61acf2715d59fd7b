// @seconds 300
// @slow 12
// The commands of "Thirty seconds to the first stack" in the root README, typed as they stand there into a fresh folder.
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hasProgram, startProgram } from '../support/repository/running-program.ts'
import { scratchFolder } from '../support/runner/scratch-folder.mjs'

const [, section = ''] =
  /^## Thirty seconds to the first stack\n([\s\S]*?)^## /m.exec(
    readFileSync('README.md', 'utf8'),
  ) ?? []

const [start = '', call = ''] = [...section.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(
  ([, commands = '']) => commands.trim(),
)

/** What npm says if it has not downloaded a package before, and cannot now. */
const unreachable = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT|ENOTCACHED)\b/

const first = suite('docs: thirty seconds to the first stack')
const curl = hasProgram('curl')
const withCurl = curl ? first : first.skip

withCurl(
  `its commands lead to a page that streams, compressed${curl ? '' : ' (skipped: there is no curl here)'}`,
  async () => {
    const { folder, discard } = scratchFolder(tmpdir(), 'sluice-first-')
    const place = join(folder, 'first-stack')
    assert.is(start.split('../first-stack').length, 3)
    const typed = ['set -e', start.replaceAll('../first-stack', place)].join('\n')
    const env = { PORT: '0', npm_config_prefer_offline: 'true' }
    const server = startProgram('sh', ['-c', typed], { env })
    try {
      const [shown = '', port = ''] = await server.printed(/^curl .*:(\d+)\/.*$/m)
      assert.is(shown.replace(port, '8080'), call)
      const page = startProgram('sh', ['-c', shown.replace('curl ', 'curl -sS ')])
      await page.printed(/<h1>Waterways<\/h1>[\s\S]*<\/template>\n/)
      assert.is(await page.exited(), 0)
      const order = [...page.output.matchAll(/<h2>(\w+)/g)].map(([, name]) => name)
      assert.equal(order, ['Tides', 'Locks', 'Weirs', 'Rivers'])
      const head = startProgram('sh', ['-c', shown.replace('curl ', 'curl -sSI ')])
      await head.exited()
      assert.match(head.output, /^content-encoding: /im)
    } catch (error) {
      if (process.env.CI !== undefined || !unreachable.test(server.output)) throw error
      console.log('skipped: the registry of npm cannot be reached')
    } finally {
      server.signal('SIGINT')
      await server.exited()
      discard()
    }
  },
)

first.run()
