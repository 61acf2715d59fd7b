// @sluice/server: the host that Sluice brings itself.
import { serve } from '@sluice/server'
import { app, onError } from '../app.ts'
import { announce } from './support/announce.mjs'

const { port } = await serve(app, { onError })
announce({ port, protocol: 'http/1.1' })
