import { toFetch } from '@sluice/fetch'
import { app, onError } from '../app.ts'
import { announce } from './support/announce.mjs'

const fetch = toFetch(app, { onError })
const { port } = Bun.serve({ port: 0, hostname: '127.0.0.1', idleTimeout: 0, fetch })
announce({ port, protocol: 'http/1.1' })
