import { toFetch } from '@sluice/fetch'
import { serve } from 'srvx'
import { app, onError } from '../app.ts'
import { announceServer } from './support/srvx.mjs'

await announceServer(
  serve({ fetch: toFetch(app, { onError }), port: 0, hostname: '127.0.0.1', silent: true }),
)
