import { get, request } from '../../support/server/serving.ts'
import { underAttack } from '../support/under-attack.ts'
import type { Row } from '../support/row.ts'

const connections = 16
const close = 'connection: close'
const names = Array.from({ length: 90 }, (_, i) => `x-${i}-#: 1`)
const blanks = ' '.repeat(16_000)

/** Heads that are cheap to send and must be cheap to read. */
export const attackHeads: readonly Row[] = [
  underAttack('attack-blanks', 'Transfer-Encoding, 16,000 blanks', {
    connections,
    start: request('POST', '/', close, `transfer-encoding: a${blanks}b`),
  }),
  underAttack('attack-method', 'an endless method by the byte', {
    connections,
    start: 'A'.repeat(16_000),
    byteByByte: true,
  }),
  underAttack('attack-target', 'an endless target by the byte', {
    connections,
    start: `GET /${'a'.repeat(8000)}`,
    byteByByte: true,
  }),
  underAttack('attack-junk-names', '90 field names of its own a head', {
    connections,
    start: get('/fields', close, ...names),
  }),
]
