import { Hono } from 'hono'
import { greeting } from './host-contents.mjs'

/** The same application for @hono/node-server and for ours. */
export const honoApp = () => {
  const app = new Hono()
  app.get('/text', (c) => c.text(greeting))
  app.post('/json', async (c) => c.json({ ...(await c.req.json()), seen: true }))
  return app
}
