import { badCases } from './chunked.refused.ts'
import { fieldLines, hosts } from './requests.refused.fields.ts'
import { expectations, framings } from './requests.refused.framing.ts'
import { requestLines, targets } from './requests.refused.lines.ts'
import type { BadCase } from './chunked.refused.ts'

/** Bytes that are refused. What stands before them is a good request, or part of one. Written as Latin-1. */
export interface BadRequest {
  readonly name: string
  /** Of RFC 9112, where no other is named. */
  readonly section: string
  readonly sent: string
  readonly code: string
  readonly status: number
  /** How many requests are read before it is refused: one whose content is malformed has begun. */
  readonly begun?: number
}

const chunkedHead = 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n'

/** What the decoder refuses is refused as the content of a request too. */
const inContent = ({ name, section, before, bad, code }: BadCase): BadRequest => ({
  name: `${code === 'TRAILERS_INVALID' ? 'trailer' : 'chunk'}: ${name}`,
  section,
  sent: chunkedHead + before + bad,
  code,
  status: 400,
  begun: 1,
})

export const badRequests: readonly BadRequest[] = [
  ...requestLines,
  ...targets,
  ...fieldLines,
  ...hosts,
  ...framings,
  ...expectations,
  ...badCases.map(inContent),
]
