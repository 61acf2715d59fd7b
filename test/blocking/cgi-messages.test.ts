// What is told of CGI programs that cannot be used, and when.
import { join } from 'node:path'
import { cgi } from '@sluice/blocking/cgi'
import { request } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { gone, sh } from '../support/blocking/cgi-programs.ts'
import { rejects } from '../support/rejects.ts'

const messages = suite('cgi: messages of failures')

messages('control characters of stderr are replaced in the message', async () => {
  const program = cgi(sh(`printf 'a\\033[31mred\\rb\\n' >&2; exit 3`), { onStderr() {} })
  const { message } = await rejects(() => program(request()), 'CGI_FAILED')
  assert.match(message, 'it exited with 3; it said: a\ufffd[31mred\ufffdb')
})

for (const [name, cwd] of [
  ['is missing', '/no/such/folder'],
  ['is a file', process.execPath],
  ['is in a file', join(process.execPath, 'folder')],
] as const)
  messages(`a cwd that ${name} is named, and not the program`, async () => {
    const { message } = await rejects(() => cgi(sh(':'), { cwd })(request()), 'CGI_FAILED')
    assert.is(message, `Cannot start sh: found no such folder as its cwd, ${cwd}`)
  })

messages('a program that closes stdout without a head is stopped, and a 502 at once', async () => {
  const pids: number[] = []
  const onStderr = (line: string) => pids.push(Number(line))
  const program = cgi(sh('echo $$ >&2; exec sleep 1000 >&-'), { onStderr })
  const { message } = await rejects(() => program(request()), 'CGI_FAILED')
  assert.match(message, 'found no head')
  assert.is(pids.length, 1)
  await gone(...pids)
})

messages('the exit code of a program without a head is told if it exits soon', async () => {
  const program = cgi(sh('exec >&-; sleep 0.1; exit 3'))
  const { message } = await rejects(() => program(request()), 'CGI_FAILED')
  assert.match(message, 'it exited with 3')
})

messages.run()
