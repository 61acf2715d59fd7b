// A server whose handler throws where nobody catches it, while it reads a fast upload, in a process that survives that.
import { createHash, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { isData, lent } from '@sluice/body'
import { serve } from '@sluice/server'
import { text } from '@sluice/stack'

const content = randomBytes(4 * 1_048_576)
const wanted = createHash('sha256').update(content).digest('hex')

process.on('uncaughtException', () => {})

const failing = () => {
  throw new Error('nobody catches this')
}

const server = await serve(async ({ target, body }) => {
  const every = Number(target.slice(2))
  const hash = createHash('sha256')
  let frames = 0
  for await (const frame of target.startsWith('/l') ? lent(body) : body) {
    if (!isData(frame)) continue
    hash.update(frame.bytes)
    if (++frames % every === 0) process.nextTick(failing)
  }
  return text(hash.digest('hex'))
})

const upload = (target) =>
  new Promise((resolve) => {
    let answer = ''
    const socket = connect(server.port, '127.0.0.1')
    socket.write(`POST ${target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n`)
    socket.write(`content-length: ${content.length}\r\n\r\n`)
    socket.write(content)
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
  })

const outcome = { cut: 0, right: 0, wrong: 0 }
for (let i = 0; i < 40; i++) {
  const answer = await upload(`/${i % 2 === 0 ? 'l' : 'k'}${1 + (i % 10)}`)
  if (!answer.startsWith('HTTP/1.1 200')) outcome.cut++
  else if (answer.endsWith(wanted)) outcome.right++
  else outcome.wrong++
}
await server.close()
const listeners = process.listenerCount('uncaughtExceptionMonitor')
console.log(JSON.stringify({ ...outcome, listeners }))
