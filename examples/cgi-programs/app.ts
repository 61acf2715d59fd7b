// Programs that know nothing of Sluice, or of JavaScript: a shell script, and a WSGI application in Python.
import { cgi } from '@sluice/blocking/cgi'
import { closeOnSignal, serve } from '@sluice/server'
import { HttpError, html, requestUrl, text } from '@sluice/stack'
import { page } from './page.ts'
import type { Handler } from '@sluice/stack'

export const about = {
  path: '/cgi-programs',
  line: 'a shell script and a Python application, which block, behind a server that does not',
  curl: (url: string): readonly string[] => [
    `curl -N ${url}/shell`,
    `curl -N ${url}/python`,
    `printf '1\\n2\\n3\\n' | curl -NT - ${url}/python`,
  ],
}

const file = (name: string) => new URL(name, import.meta.url)

/** Programs get only the environment that is named. */
const env = { PATH: process.env.PATH }

const shell = cgi(['/bin/sh', file('page.sh')], { env, scriptName: `${about.path}/shell` })

const python = cgi(['python3', file('application.py')], {
  env,
  scriptName: `${about.path}/python`,
  // Each request is a process of its own: on a small machine a few of them are enough.
  maxProcesses: 8,
  onStderr: (line) => console.error(`python: ${line}`),
})

export const app: Handler = (request) => {
  const { pathname } = requestUrl(request)
  const [name] = pathname.slice(about.path.length + 1).split('/')
  if (name === '')
    return request.method === 'GET' || request.method === 'HEAD'
      ? html(page(about.path))
      : text('', { status: 405, headers: { allow: 'GET, HEAD' } })
  if (name === 'shell') return shell(request)
  if (name === 'python') return python(request)
  throw new HttpError('NOT_FOUND', 'Cannot find the program: wanted shell or python')
}

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, { port: Number(process.env.PORT ?? 8080) })
  closeOnSignal(server, { graceMs: 1000 })
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
