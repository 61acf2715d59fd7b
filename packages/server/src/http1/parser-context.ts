import { noBytes } from '@sluice/body/engine'
import { HostField } from './host-field.ts'
import { LineFinder } from './line-finder.ts'
import type { RequestLimits } from './limits.ts'

/**
 * What parsers share, if one caller has many, as a server does: a parser of an idle connection stays small, and the first request
 * of a new connection finds what the requests before it left.
 *
 * Parsers take turns with it. Only lent bytes belong to one of them, the `borrower`.
 */
export class ParserContext {
  readonly limits: RequestLimits
  readonly lines: LineFinder = new LineFinder()
  readonly host: HostField = new HostField()
  /** The parser that bytes are lent to, until its connection has done everything that can be done with them. */
  borrower: object | undefined
  /** The memory that is lent, and the number of bytes in it. */
  lentMemory: Uint8Array = noBytes
  lentLength = 0

  constructor(limits: RequestLimits) {
    this.limits = limits
  }
}
