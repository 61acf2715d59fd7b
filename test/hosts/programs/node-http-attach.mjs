import { createServer } from 'node:http'
import { attach } from '@sluice/node'
import { app, onError } from '../app.ts'
import { listen } from './support/announce.mjs'

const server = createServer()
attach(server, app, { onError })
listen(server, 'http/1.1')
