// Server-sent events: one ticker for all who listen, compressed for each, and at rest when nobody does.
import { compress } from '@sluice/compress'
import { proxyHints } from '@sluice/flush'
import { sleep } from '@sluice/pause'
import { closeOnSignal, serve } from '@sluice/server'
import { encodeEvents, events } from '@sluice/sse'
import { html, stack, text } from '@sluice/stack'
import { share } from '@sluice/write-buffering'
import type { MessageSource, SourceItem } from '@sluice/sse'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'

export const about = {
  path: '/events',
  line: 'a ticker by server-sent events: one source, as many clients as you like, compressed',
  curl: (url: string): readonly string[] => [`curl -N --compressed ${url}`],
}

/** Makes the messages: when the first client comes, and again when one comes after the last has left. */
export type Ticks = () => MessageSource

const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Events</title>
<style>body { font: 1rem/1.5 system-ui; margin: 1rem } h1 { margin: 0; font-size: 1.25rem } pre { white-space: pre-wrap }</style>
<main><h1>A ticker</h1><pre role="log" aria-label="Ticks"></pre></main><script>
const log = document.querySelector('pre')
new EventSource('').addEventListener('tick', ({ data }) => {
  const { n, time, rss } = JSON.parse(data)
  const line = n + '  ' + time.slice(11, 19) + '  the server uses ' + Math.round(rss / 2 ** 20) + ' MiB\\n'
  // The newest on top.
  log.textContent = (line + log.textContent).slice(0, 5000)
})
</script>
`

/**
 * `proxyHints` stands outside `compress`: it says `no-transform`, which is for the proxies in front. gzip rests between two
 * events, and is flushed at each.
 */
export const ticker = (ticks: Ticks): Handler => {
  // Each tick says how it is now, so a client that is too slow misses the oldest, and no other client waits for it.
  const shared = share(() => encodeEvents(ticks()), { maxBytes: 65_536, policy: 'drop-oldest' })
  const listen = ({ client }: HttpRequest): HttpResponse =>
    events(shared.reader(), { client, retryMs: 1000, headers: { vary: 'accept' } })

  return stack(
    proxyHints(),
    compress(),
  )((request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return text('', { status: 405, headers: { allow: 'GET, HEAD' } })
    return request.headers.get('accept')?.includes('text/html') === true
      ? html(page, { headers: { vary: 'accept' } })
      : listen(request)
  })
}

/** Once a second, how this process is. The pause between two is what lets every layer rest. */
async function* everySecond(): AsyncGenerator<SourceItem> {
  let second = sleep(0)
  try {
    for (let n = 1; ; n++) {
      const { rss } = process.memoryUsage()
      yield { event: 'tick', data: JSON.stringify({ n, time: new Date(), rss }, null, 1) }
      second = sleep(1000)
      yield { kind: 'pause', until: second }
    }
  } finally {
    // The last client has left, and nobody waits for it any more.
    second.cancel()
  }
}

export const app: Handler = ticker(everySecond)

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, { port: Number(process.env.PORT ?? 8080) })
  closeOnSignal(server, { graceMs: 1000 })
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
