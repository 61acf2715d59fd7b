import { get } from 'node:http'

export interface Answer {
  readonly status: number
  readonly content: string
}

/** Milliseconds after which an answer is taken never to come. */
const patienceMs = 10_000

/** Asks once, on a connection of its own that is closed after it. */
export const ask = (port: number, path: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(patienceMs)
    const options = { host: '127.0.0.1', port, path, agent: false, signal }
    const request = get(options, (response) => {
      let content = ''
      response.setEncoding('latin1')
      response.on('data', (part: string) => {
        content += part
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, content }))
      response.on('error', reject)
    })
    request.on('error', reject)
  })
