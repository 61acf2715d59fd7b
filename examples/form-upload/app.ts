// A form with files: checked by their first bytes, hashed and spooled while they arrive. How much has arrived is shown meanwhile.
import { randomUUID } from 'node:crypto'
import { closeBody, readText } from '@sluice/body'
import { proxyHints } from '@sluice/flush'
import { closeOnSignal, serve } from '@sluice/server'
import { answerError, HttpError, html, requestUrl, stack, text } from '@sluice/stack'
import { checkDigests, checkFile } from './check-file.ts'
import { formParts } from './form-parts.ts'
import { answerPage, fileLine, formPage } from './page.ts'
import { progressBoard } from './progress.ts'
import { folder, nowhere } from './store.ts'
import type { AnswerInit, Handler, HttpRequest, HttpResponse } from '@sluice/stack'
import type { FormLimits, FormParts } from './form-parts.ts'
import type { Meter } from './progress.ts'
import type { CheckedFile, Save } from './store.ts'

export const about = {
  path: '/form-upload',
  line: 'a form with files: checked and shown while they arrive, and refused in the middle',
  curl: (url: string): readonly string[] => [
    `curl -N ${url}/mine`,
    `curl -F file=@PHOTO ${url}/mine  # elsewhere: the first shows how much has arrived`,
  ],
}

export interface UploadLimits extends FormLimits {
  /** Forms that may arrive at the same time. With `maxBytes` it bounds the disk that they can fill. */
  readonly maxForms: number
}

const mebibyte = 1_048_576

const defaultLimits: UploadLimits = {
  maxBytes: 100 * mebibyte,
  maxFiles: 8,
  maxFields: 16,
  maxFieldBytes: 1024,
  maxForms: 10,
}

/** Reads a form to its end, and stores its files if all of them are right. */
export const receive = async (parts: FormParts, save: Save, meter: Meter): Promise<string> => {
  const files: CheckedFile[] = []
  const digests: string[] = []
  try {
    for await (const part of parts) {
      if (part.kind === 'file') {
        meter.begin(part.fileName)
        files.push(await checkFile(part))
      } else if (part.name === 'sha256') digests.push(part.value.trim())
    }
    if (files.length === 0) throw noFile()
    checkDigests(files, digests)
    for (const file of files) await save(file)
    return files.map(fileLine).join('')
  } finally {
    for (const { body } of files) await closeBody(body)
  }
}

export const formUpload = (save: Save = nowhere, limits: UploadLimits = defaultLimits): Handler => {
  const board = progressBoard(limits.maxBytes)
  let uploads = 0

  const upload = async (request: HttpRequest, id: string): Promise<HttpResponse> => {
    const meter = board.meter(id, request)
    const answer = (message: string, init?: AnswerInit) =>
      isBrowser(request) ? html(answerPage(message), init) : text(message, init)
    try {
      if (++uploads > limits.maxForms) throw busy()
      const parts = formParts(meter.count(request), limits)
      const message = await receive(parts, save, meter)
      meter.end('All has arrived')
      return answer(message)
    } catch (error) {
      const { status, headers, body } = answerError(error)
      meter.end('Broken off')
      if (status === 500) throw error
      // It leaves before the rest of the form has come, and tells the client not to send it.
      return answer(await readText(body), {
        status,
        headers: headers.without('content-type').with('connection', 'close'),
      })
    } finally {
      uploads--
    }
  }

  return stack(proxyHints())((request) => {
    const [, , id = ''] = requestUrl(request).pathname.split('/')
    switch (request.method) {
      case 'POST':
        return upload(request, id)
      case 'GET':
      case 'HEAD':
        if (id === '') return html(formPage(`${about.path}/${randomUUID()}`, limits))
        return board.watch(id, request.client, isBrowser(request))
      default:
        return text('', { status: 405, headers: { allow: 'GET, HEAD, POST' } })
    }
  })
}

const noFile = (): HttpError =>
  new HttpError('NO_FILE', 'Cannot take the form: found no file', { status: 422 })

const busy = (): HttpError =>
  new HttpError('UNAVAILABLE', 'Cannot take the form: too many others arrive', {
    headers: { 'retry-after': '10' },
    expose: true,
  })

const isBrowser = ({ headers }: HttpRequest): boolean =>
  headers.get('accept')?.includes('text/html') === true

/** `UPLOADS=folder npm start` keeps the files. */
const { UPLOADS } = process.env

export const app: Handler = formUpload(UPLOADS === undefined ? nowhere : folder(UPLOADS))

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, {
    port: Number(process.env.PORT ?? 8080),
    // Large files on slow lines. Half a minute without a byte ends an upload all the same.
    requestTimeoutMs: 3_600_000,
  })
  closeOnSignal(server, { graceMs: 1000 })
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
