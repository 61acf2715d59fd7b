// A Hono application on @sluice/server: with the platform's Response, or with the light one.
import { fromFetch, useLightResponse } from '@sluice/fetch'
import { serve } from '@sluice/server'
import { honoApp } from '../support/hono-app.mjs'
import { serving } from '../support/serving.mjs'

const app = async () => {
  const server = await serve(fromFetch(honoApp().fetch), { idleTimeoutMs: 120_000 })
  return server.port
}

await serving({
  app,
  light: () => {
    useLightResponse()
    return app()
  },
})
