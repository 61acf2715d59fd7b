import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../support/statistics.mjs'

const everyMs = 5
const busyMs = 2000

const ask = (port, path, agent) =>
  new Promise((resolve, reject) => {
    const startedAt = performance.now()
    get({ host: '127.0.0.1', port, path, agent }, (response) => {
      response.resume().on('end', () => resolve(performance.now() - startedAt))
    }).on('error', reject)
  })

const percentile = (values, part) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * part)]

/** Sends 200 pings a second for two seconds, beside so many requests that compute for as long, and gives how long they took. */
export const pingDelays = async (port, busyRequests) => {
  const agent = new Agent({ keepAlive: true })
  for (let i = 0; i < 50; i++) await ask(port, '/ping', agent)
  const busy = Array.from({ length: busyRequests }, () => ask(port, `/busy?ms=${busyMs}`))
  const pings = []
  const startedAt = performance.now()
  for (let next = 0; next < busyMs; next += everyMs) {
    await sleep(Math.max(0, startedAt + next - performance.now()))
    pings.push(ask(port, '/ping', agent))
  }
  const delays = await Promise.all(pings)
  await Promise.all(busy)
  agent.destroy()
  return { p50: median(delays), p99: percentile(delays, 0.99) }
}
