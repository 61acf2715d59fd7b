import { fromFetch, toFetch } from '@sluice/fetch'
import { serve } from '@sluice/server'
import { app, onError } from '../app.ts'
import { announce } from './support/announce.mjs'

// toFetch has reported what the server reports.
const { port } = await serve(fromFetch(toFetch(app, { onError })), { onError() {} })
announce({ port, protocol: 'http/1.1' })
