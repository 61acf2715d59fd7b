import { toFetch } from '@sluice/fetch'
import { app, onError } from '../app.ts'
import { announce } from './support/announce.mjs'

const onListen = ({ port }) => announce({ port, protocol: 'http/1.1' })
Deno.serve({ port: 0, hostname: '127.0.0.1', onListen }, toFetch(app, { onError }))
