import { wrk } from '../support/wrk.ts'
import { done } from './client.ts'
import type { Client } from './client.ts'

export const wrkClient: Client = {
  title: 'wrk, 64 connections',
  program: 'wrk',
  async run({ port }) {
    const url = `http://127.0.0.1:${port}/`
    const { requests, failed } = await wrk(url, { connections: 64, seconds: 2 })
    return done(requests, failed)
  },
}
