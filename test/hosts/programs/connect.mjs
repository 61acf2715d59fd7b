import { createServer } from 'node:http'
import { toListener } from '@sluice/node'
import connect from 'connect'
import { app, mountedAt, onError } from '../app.ts'
import { listen } from './support/announce.mjs'

const listener = toListener(app, { onError })

const site = connect()
site.use(mountedAt, listener)
site.use(listener)
listen(createServer(site), 'http/1.1')
