import { serve } from '@sluice/server'
import { selfSigned } from '../../support/server/self-signed.ts'
import { app, onError } from '../app.ts'
import { announce } from './support/announce.mjs'

const { port } = await serve(app, { onError, tls: selfSigned })
announce({ port, protocol: 'https' })
