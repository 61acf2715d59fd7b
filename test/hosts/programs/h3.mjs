import { toFetch } from '@sluice/fetch'
import { fromWebHandler, H3, serve } from 'h3'
import { app, onError } from '../app.ts'
import { announceServer } from './support/srvx.mjs'

const site = new H3()
site.all('/**', fromWebHandler(toFetch(app, { onError })))
await announceServer(serve(site, { port: 0, hostname: '127.0.0.1', silent: true }))
