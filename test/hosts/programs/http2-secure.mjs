// HTTP/2 over TLS. Clients that speak only HTTP/1.1 are served too.
import { createSecureServer } from 'node:http2'
import { attach } from '@sluice/node'
import { selfSigned } from '../../support/server/self-signed.ts'
import { app, onError } from '../app.ts'
import { listen } from './support/announce.mjs'

const server = createSecureServer({ ...selfSigned, allowHTTP1: true })
attach(server, app, { onError })
listen(server, 'h2')
