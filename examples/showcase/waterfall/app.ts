// The waterfall: the same page and the same events through Sluice and through node:http, each arrival shown as it comes.
import { openHub } from '@sluice/hub'
import { closeOnSignal, serve } from '@sluice/server'
import { events, lastEventId } from '@sluice/sse'
import { HttpError, requestUrl, text } from '@sluice/stack'
import { startExperiment } from './experiment.ts'
import type { Handler } from '@sluice/stack'
import type { Message } from './messages.ts'

const topic = openHub().topic<Message>('waterfall')

export const waterfall: Handler = async (request) => {
  const { pathname } = requestUrl(request)
  if (pathname === '/waterfall/events') {
    const tell = (message: Message) => void topic.append(message)
    startExperiment(tell)
      .then((e) => {
        request.client.signal.addEventListener('abort', () => e.end())
        return e.run(1, false)
      })
      .catch((error) => tell({ kind: 'failure', message: String(error) }))
    return events(topic.read({ after: lastEventId(request) }), { client: request.client })
  }
  if (pathname === '/waterfall/run') return text('ok\n')
  throw new HttpError('NOT_FOUND', 'Cannot find the page')
}

if (process.argv[1] === import.meta.filename) {
  const server = await serve(waterfall, { port: Number(process.env.PORT ?? 8080) })
  closeOnSignal(server, { graceMs: 1000 })
  console.log(`curl -N ${server.url}/waterfall/events`)
}
