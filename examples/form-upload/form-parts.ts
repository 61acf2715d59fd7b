import { pipeline, Readable } from 'node:stream'
import { Busboy } from '@fastify/busboy'
import { toBody } from '@sluice/body'
import { limitBytes } from '@sluice/filter'
import { toReadable } from '@sluice/node'
import { HttpError } from '@sluice/stack'
import type { Body } from '@sluice/body'
import type { HttpRequest } from '@sluice/stack'

export interface FieldPart {
  readonly kind: 'field'
  readonly name: string
  readonly value: string
}

export interface FilePart {
  readonly kind: 'file'
  readonly name: string
  /** As the client says: not a path, and not to be trusted. */
  readonly fileName: string
  readonly body: Body
}

export type FormParts = AsyncIterable<FieldPart | FilePart>

export interface FormLimits {
  /** Bytes of the whole form. */
  readonly maxBytes: number
  readonly maxFields: number
  readonly maxFieldBytes: number
  readonly maxFiles: number
}

/**
 * The parts of a multipart/form-data request (RFC 7578), in order, while they arrive.
 *
 * Read the body of a file before you ask for the next part. The request is read only as fast as the files are. If the loop is left
 * early, the rest of the request is not read.
 *
 * @throws {HttpError} At the call, 415: another content type. While reading, 400: the form is malformed or cut off; 413: over a limit.
 */
export const formParts = (request: HttpRequest, limits: FormLimits): FormParts => {
  const { maxBytes, maxFields, maxFiles } = limits
  const parser = parserFor(request, limits)
  const overBytes = () => tooLarge(`more than ${maxBytes} bytes`)
  if ((request.body.byteLength ?? 0) > maxBytes) throw overBytes()
  const source = toReadable(limitBytes({ maxBytes })(request.body))
  const files: Readable[] = []
  const parts = new Readable({
    objectMode: true,
    read() {},
    // Also if the loop is left: nobody may wait for a file that does not come.
    destroy(error, done) {
      source.destroy()
      for (const file of files) file.destroy(error ?? undefined)
      done(error)
    },
  })
  const refuse = (what: string) => parts.destroy(tooLarge(what))

  parser.on('field', (name, value, _nameCut, isCut) => {
    if (isCut) refuse(`a longer field than ${limits.maxFieldBytes} bytes`)
    else parts.push({ kind: 'field', name, value })
  })
  parser.on('file', (name, file, fileName) => {
    files.push(file)
    parts.push({ kind: 'file', name, fileName, body: toBody(file) })
  })
  // The parser only skips what is over a limit.
  parser.on('fieldsLimit', () => refuse(`more than ${maxFields} fields`))
  parser.on('filesLimit', () => refuse(`more than ${maxFiles} files`))
  parser.on('partsLimit', () => refuse(`more than ${maxFields + maxFiles} parts`))
  pipeline(source, parser, (error) => {
    if (error) parts.destroy(isOverBytes(error) ? overBytes() : errorOf(error))
    else parts.push(null)
  })
  return parts
}

const parserFor = ({ headers }: HttpRequest, limits: FormLimits): InstanceType<typeof Busboy> => {
  const type = headers.get('content-type') ?? ''
  if (!/^multipart\/form-data\s*;/i.test(type))
    throw new HttpError(
      'UNSUPPORTED_MEDIA_TYPE',
      `Cannot read the form: found ${type || 'no content type'}, wanted multipart/form-data`,
    )
  const { maxFields: fields, maxFiles: files, maxFieldBytes: fieldSize } = limits
  const ofParts = { parts: fields + files, headerSize: 4096, headerPairs: 20 }
  try {
    return new Busboy({
      headers: { 'content-type': type },
      limits: { fields, files, fieldSize, ...ofParts },
    })
  } catch (error) {
    throw errorOf(error)
  }
}

const isOverBytes = (error: Error): boolean => 'code' in error && error.code === 'BODY_TOO_LARGE'

/** Errors of the request have a status; those of the parser are the client's. */
const errorOf = (error: unknown): Error => {
  if (error instanceof Error && 'status' in error) return error
  const found = error instanceof Error ? error.message : String(error)
  return new HttpError('BAD_REQUEST', `Cannot read the form: ${found}`, { cause: error })
}

const tooLarge = (found: string): HttpError =>
  new HttpError('FORM_TOO_LARGE', `Cannot take the form: found ${found}`, { status: 413 })
