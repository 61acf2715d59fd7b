// A platform that is made otherwise than Node's: what the package finds when it is loaded.
import { request } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rejects } from '../support/rejects.ts'

const platform = suite('other platforms')

platform(
  'members that Request and Response inherit are there, as in Cloudflare Workers; a method that becomes another, as in Bun, is refused',
  async () => {
    const { Request, Response } = globalThis
    globalThis.Request = class extends Request {
      constructor(input: string | URL | Request, init?: RequestInit) {
        super(input, init?.method === 'BREW' ? { ...init, method: 'GET' } : init)
      }
    }
    globalThis.Response = class extends Response {}
    const { fromFetch, useLightResponse } = await import('@sluice/fetch')
    const undo = useLightResponse()
    const seen: unknown[] = []
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    await fromFetch(async (on) => {
      seen.push(on.mode, [...(await on.formData())])
      const response = new globalThis.Response('tea')
      seen.push(response.type, await response.clone().text())
      return response
    })(request('/', { method: 'POST', headers, body: 'a=1' }))
    const brewing = fromFetch((on) => new Response(`${on.method} ${on.mode}`))
    const error = await rejects(
      async () => brewing(request('/', { method: 'BREW' })),
      'NOT_IMPLEMENTED',
    )
    seen.push(error.status)
    undo()
    Object.assign(globalThis, { Request, Response })
    assert.equal(seen, ['cors', [['a', '1']], 'default', 'tea', 501])
  },
)

platform.run()
