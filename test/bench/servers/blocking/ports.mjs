// The chunks of Node's streams to and from a worker by a MessagePort.
import { MessageChannel, Worker } from 'node:worker_threads'
import { text } from '@sluice/stack'
import { Piscina } from 'piscina'
import { Tinypool } from 'tinypool'
import { bytesOf } from '../support/pieces.mjs'
import { credit } from './port-worker.mjs'

const filename = new URL('port-worker.mjs', import.meta.url).href

const plainWorker = () => {
  const worker = new Worker(new URL(filename))
  worker.unref()
  return (task) => worker.postMessage({ ...task, isPlain: true }, [task.port])
}

const piscina = (options) => new Piscina({ filename, maxThreads: 4, ...options })

const piscinaWorker = () => {
  const pool = piscina()
  return (task) => pool.run(task, { name: 'exchange', transferList: [task.port] })
}

const starts = { 'post-message': plainWorker, piscina: piscinaWorker }

const upTo = (start) => (request, response) => {
  const { port1, port2 } = new MessageChannel()
  let underWay = 0
  start({ port: port2 })
  request.on('data', (chunk) => {
    port1.postMessage(chunk)
    if (++underWay === credit) request.pause()
  })
  request.on('end', () => port1.postMessage(null))
  port1.on('message', (message) => {
    if (message === null) {
      if (underWay-- === credit) request.resume()
      return
    }
    response.end(`${message.bytes}`)
    port1.close()
  })
}

const downFrom = (start) => (request, response) => {
  const { port1, port2 } = new MessageChannel()
  const bytes = bytesOf(request.url)
  response.writeHead(200, { 'content-length': bytes })
  start({ port: port2, bytes })
  let owed = 0
  response.on('drain', () => {
    for (; owed > 0; owed--) port1.postMessage(null)
  })
  port1.on('message', (chunk) => {
    if (chunk === null) {
      response.end()
      port1.close()
    } else if (response.write(chunk)) port1.postMessage(null)
    else owed++
  })
}

/** Listeners of Node's streams by a plain worker, or by Piscina. */
export const listenersOf = (peer) => {
  const start = starts[peer]()
  return { up: upTo(start), down: downFrom(start) }
}

const pools = {
  piscina,
  tinypool: () => new Tinypool({ filename, maxThreads: 4, minThreads: 1 }),
}

/** A handler of ours that has a pool make a short text. */
export const smallBy = (peer) => {
  const pool = pools[peer]()
  return async () => text(await pool.run(undefined, { name: 'small' }))
}
