// CGI programs behind a server: what a client sees of them.
import { cgi } from '@sluice/blocking/cgi'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { get, post, serving } from '../support/server/serving.ts'

/** A program in shell. */
const sh = (script: string): readonly string[] => ['/bin/sh', '-c', script]

const programs = suite('cgi: programs')

programs(
  'a program in shell answers with its head and its body',
  serving(async (start) => {
    const site = await start(
      cgi(sh('printf "Status: 201 Made\\nContent-Type: text/plain\\nX-Tea: Assam\\n\\n"; cat')),
    )
    const response = await site.ask(post('/', 'hello'))
    assert.is(response.status, 201)
    assert.is(response.fields.get('x-tea'), 'Assam')
    assert.is(response.fields.has('status'), false)
    assert.is(response.content, 'hello')
    assert.equal(site.told, [])
    assert.is((await site.ask(get('/'))).content, '')
  }),
)

programs.run()
