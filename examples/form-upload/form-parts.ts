import { pipeline, Readable } from 'node:stream'
import { Busboy } from '@fastify/busboy'
import { toBody } from '@sluice/body'
import { limitBytes } from '@sluice/filter'
import { toReadable } from '@sluice/node'
import { HttpError } from '@sluice/stack'
import { countParts, maxHeaderBytes } from './count-parts.ts'
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
 * @throws {HttpError} At the call, 415: another content type; 400: no boundary, or no right one. While reading, 400: the form is malformed
 * or cut off; 413: over a limit.
 */
export const formParts = (request: HttpRequest, limits: FormLimits): FormParts => {
  const { maxBytes, maxFields, maxFiles } = limits
  const boundary = boundaryOf(request)
  const parser = parserFor(boundary, limits)
  const seen = countParts(boundary)
  const overBytes = () => tooLarge(`more than ${maxBytes} bytes`)
  if ((request.body.byteLength ?? 0) > maxBytes) throw overBytes()
  const source = toReadable(seen.counted(limitBytes({ maxBytes })(request.body)))
  const files: Readable[] = []
  let given = 0
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
  const give = (part: FieldPart | FilePart) => {
    given++
    // RFC 7578 section 4.2: a part has a name.
    if (part.name === undefined) parts.destroy(malformed('found a part without a name'))
    else parts.push(part)
  }

  parser.on('field', (name, value, _nameCut, isCut) => {
    if (isCut) refuse(`a longer field than ${limits.maxFieldBytes} bytes`)
    else give({ kind: 'field', name, value })
  })
  parser.on('file', (name, file, fileName) => {
    files.push(file)
    give({ kind: 'file', name, fileName, body: toBody(file) })
  })
  // The parser only skips what is over a limit.
  parser.on('fieldsLimit', () => refuse(`more than ${maxFields} fields`))
  parser.on('filesLimit', () => refuse(`more than ${maxFiles} files`))
  parser.on('partsLimit', () => refuse(`more than ${maxFields + maxFiles} parts`))
  pipeline(source, parser, (error) => {
    if (error) parts.destroy(isOverBytes(error) ? overBytes() : errorOf(error))
    else if (given < seen.count)
      parts.destroy(
        malformed(`found ${seen.count - given} of ${seen.count} parts with wrong headers`),
      )
    else parts.push(null)
  })
  return parts
}

/** RFC 2046 section 5.1.1 says of what it is made. */
const boundaryOf = ({ headers }: HttpRequest): string => {
  const type = headers.get('content-type') ?? ''
  if (!/^multipart\/form-data\s*(;|$)/i.test(type))
    throw new HttpError(
      'UNSUPPORTED_MEDIA_TYPE',
      `Cannot read the form: found ${type || 'no content type'}, wanted multipart/form-data`,
    )
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]*)"|([^\s;"]*))/i.exec(type) ?? []
  const boundary = quoted ?? bare ?? ''
  if (/^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/.test(boundary)) return boundary
  const found = boundary === '' ? 'no boundary' : `a boundary of ${boundary.length} characters`
  throw malformed(`found ${found}, wanted 1 to 70 letters, digits and '()+_,-./:=?`)
}

const parserFor = (boundary: string, limits: FormLimits): InstanceType<typeof Busboy> => {
  const { maxFields: fields, maxFiles: files, maxFieldBytes: fieldSize } = limits
  return new Busboy({
    headers: { 'content-type': `multipart/form-data; boundary="${boundary}"` },
    // It would cut longer headers: they must not reach this.
    limits: { fields, files, fieldSize, parts: fields + files, headerSize: 2 * maxHeaderBytes },
  })
}

const isOverBytes = (error: Error): boolean => 'code' in error && error.code === 'BODY_TOO_LARGE'

/** Errors of the request have a status; those of the parser are the client's. */
const errorOf = (error: unknown): Error => {
  if (error instanceof Error && 'status' in error) return error
  const found = error instanceof Error ? error.message : String(error)
  return malformed(found, error)
}

const malformed = (found: string, cause?: unknown): HttpError =>
  new HttpError('BAD_REQUEST', `Cannot read the form: ${found}`, { cause })

const tooLarge = (found: string): HttpError =>
  new HttpError('FORM_TOO_LARGE', `Cannot take the form: found ${found}`, { status: 413 })
