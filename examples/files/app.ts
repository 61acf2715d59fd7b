// The files of a folder: parts of them, "only if it has changed", types, and nothing that lies outside.
import { realpath } from 'node:fs/promises'
import { sep } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { send } from '@fastify/send'
import { fields, toBody } from '@sluice/body'
import { compress } from '@sluice/compress'
import { closeOnSignal, serve } from '@sluice/server'
import { HttpError, redirect, requestUrl, stack } from '@sluice/stack'
import type { Handler, HttpRequest } from '@sluice/stack'

export const about = {
  path: '/files',
  line: 'a folder of files: ranges, conditional requests, compressed where that helps',
  curl: (url: string): readonly string[] => [
    `curl -N ${url}/`,
    `curl -i -r 1312-1343 ${url}/lines.txt  # line 42`,
    `curl -I ${url}/lines.txt`,
    `curl -i -H 'if-modified-since: Fri, 01 Jan 2100 00:00:00 GMT' ${url}/style.css`,
    `curl --limit-rate 32k --compressed ${url}/lines.txt`,
  ],
}

/** What `send` needs of a Node request. Its type wants a stream, which it does not read. */
const nodeRequest = ({ method, headers }: HttpRequest) =>
  Object.assign(Readable.from([]), {
    method,
    headers: Object.fromEntries([...headers].map(([name]) => [name, headers.get(name)])),
  })

/** RFC 9110 14.2 and 13.1.5: a range is for GET only, and a weak tag does not say that the bytes are the same. */
const withoutUnsafeRange = (request: HttpRequest): HttpRequest => {
  const { method, headers } = request
  const isWeak = headers.get('if-range')?.startsWith('W/') === true
  return method === 'GET' && !isWeak ? request : { ...request, headers: headers.without('range') }
}

/** Serves the files of a folder below `about.path`. */
export const files = (root: string): Handler => {
  /** A symbolic link is followed, but not out of the folder. */
  const onFile = async (path: string): Promise<void> => {
    const [file, folder] = await Promise.all([realpath(path), realpath(root)])
    if (!file.startsWith(folder + sep)) throw new HttpError('NOT_FOUND', 'Cannot find the file')
  }

  return stack(compress())(async (request) => {
    const { method } = request
    if (method !== 'GET' && method !== 'HEAD')
      throw new HttpError('METHOD_NOT_ALLOWED', `Cannot use ${method}: wanted GET or HEAD`, {
        headers: { allow: 'GET, HEAD' },
      })
    const { pathname, search } = requestUrl(request)
    if (!`${pathname}/`.startsWith(`${about.path}/`))
      throw new HttpError('NOT_FOUND', 'Cannot find the file')

    const path = pathname.slice(about.path.length)
    const sent = await send(nodeRequest(withoutUnsafeRange(request)), path, { root, onFile })
    if (sent.type === 'directory') return redirect(`${pathname}/${search}`, 301)
    // A file that cannot be read is a fault here: `onError` gets it, the client a 500.
    if (sent.type === 'error' && sent.statusCode === 500) throw sent.metadata.error
    return {
      status: sent.statusCode,
      headers: fields(sent.headers).with('x-content-type-options', 'nosniff'),
      body: toBody(sent.stream),
    }
  })
}

export const app: Handler = files(fileURLToPath(new URL('public', import.meta.url)))

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, { port: Number(process.env.PORT ?? 8080) })
  closeOnSignal(server, { graceMs: 1000 })
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
