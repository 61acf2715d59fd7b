import { createServer } from 'node:http'
import { toListener } from '@sluice/node'
import express from 'express'
import { app, mountedAt, onError } from '../app.ts'
import { listen } from './support/announce.mjs'

const listener = toListener(app, { onError })

const site = express()
site.use(mountedAt, listener)
site.use(listener)
listen(createServer(site), 'http/1.1')
