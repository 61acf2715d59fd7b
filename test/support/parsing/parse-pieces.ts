import { requestParser } from '@sluice/server/http1'
import { feedPieces } from './feed-pieces.ts'
import type { RequestLimits } from '@sluice/server/http1'
import type { Parsed } from './feed-pieces.ts'

/** Parses pieces with a new parser, one request after another. */
export const parsePieces = (
  pieces: Iterable<Uint8Array>,
  limits?: Partial<RequestLimits>,
): Parsed => feedPieces(requestParser(limits), pieces)
