import { isHttp2Request } from './incoming.ts'
import { RawFields } from './raw-fields.ts'
import type { Fields } from '@sluice/body'
import type { HeaderRecord } from './changed-fields.ts'
import type { Incoming } from './incoming.ts'

/**
 * The fields of a request as layers in front have left them: they take names out of `req.headers`, and put others in.
 *
 * Node makes `req.headers` of `rawHeaders` when it is first read. If nothing has read it, nothing has changed it, and it is not made.
 */
export const seenFields = (req: Incoming): Fields => new RawFields(req.rawHeaders, madeHeaders(req))

/** Where Node keeps `req.headers` in HTTP/1; `null` if this runtime keeps it elsewhere. */
let headersKey: symbol | null | undefined

const madeHeaders = (req: Incoming): HeaderRecord | undefined => {
  if (isHttp2Request(req)) return req.headers
  headersKey ??= Object.getOwnPropertySymbols(req).find(isHeadersKey) ?? null
  return headersKey === null || Reflect.get(req, headersKey) ? req.headers : undefined
}

const isHeadersKey = ({ description }: symbol): boolean => description === 'kHeaders'
