// A Next-style API route: stands for a Pages API route of Next, with `config.api.bodyParser` false: a function of what `node:http` gives, with helpers added to both.
import { createServer } from 'node:http'
import { toListener } from '@sluice/node'
import { app, onError } from '../app.ts'
import { listen } from './support/announce.mjs'
import { serveRoute } from './support/next-api.mjs'

const route = toListener(app, { onError })

listen(createServer(serveRoute(route)), 'http/1.1')
