import { createServer } from 'node:http'
import { createRouter } from '@remix-run/fetch-router'
import { createRequestListener } from '@remix-run/node-fetch-server'
import { toFetch } from '@sluice/fetch'
import { app, onError } from '../app.ts'
import { listen } from './support/announce.mjs'

const page = toFetch(app, { onError })

const router = createRouter({ defaultHandler: ({ request }) => page(request) })
listen(createServer(createRequestListener((request) => router.fetch(request))), 'http/1.1')
