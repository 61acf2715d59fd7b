import { createServer } from 'node:https'
import { toListener } from '@sluice/node'
import { selfSigned } from '../../support/server/self-signed.ts'
import { app, onError } from '../app.ts'
import { listen } from './support/announce.mjs'

listen(createServer(selfSigned, toListener(app, { onError })), 'https')
