import { createServer } from 'node:http'
import { toListener, toMiddleware } from '@sluice/node'
import connect from 'connect'
import { app, mountedAt, onError } from '../app.ts'
import { listen } from './support/announce.mjs'
import { passing } from './support/passing.mjs'

const listener = toListener(app, { onError })

const site = connect()
// toListener has reported what the middleware would report.
site.use(toMiddleware(passing, { onError() {} }))
site.use(mountedAt, listener)
site.use(listener)
listen(createServer(site), 'http/1.1')
