// The runtime of Cloudflare Workers. The runner writes its configuration.
import { toFetch } from '@sluice/fetch'
import { app, onError } from '../app.ts'

const page = toFetch(app, { onError })

// biome-ignore lint/style/noDefaultExport: workerd takes the handler from it
export default {
  fetch(request, _environment, context) {
    // workerd ends a request that waits for nothing of its own; pages of the app wait for other requests. It also ends one whose
    // client has left, before the source is closed, unless it is told to wait.
    context.waitUntil(new Promise((resolve) => setTimeout(resolve, 600_000)))
    return page(request, context)
  },
}
