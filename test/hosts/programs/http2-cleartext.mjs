import { createServer } from 'node:http2'
import { toListener } from '@sluice/node'
import { app, onError } from '../app.ts'
import { listen } from './support/announce.mjs'

listen(createServer(toListener(app, { onError })), 'h2c')
