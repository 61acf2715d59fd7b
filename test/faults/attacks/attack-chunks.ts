import { request } from '../../support/server/serving.ts'
import { underAttack } from '../support/under-attack.ts'
import type { Row } from '../support/row.ts'

const connections = 4
const start = request('POST', '/upload', 'transfer-encoding: chunked')
const extension = 'a'.repeat(4000)

/** Chunked content that is framing for the most part, without end. */
export const attackChunks: readonly Row[] = [
  underAttack('attack-extensions', 'chunk extensions of 4,000 bytes', {
    connections,
    start,
    again: `800;${extension}\r\n${'b'.repeat(2048)}\r\n`,
  }),
  underAttack('attack-extension', 'an endless chunk extension', {
    connections,
    start: `${start}1;`,
    again: 'a',
  }),
  underAttack('attack-sizes', 'chunks of a byte, sizes of 8 digits', {
    connections,
    start,
    again: '00000001\r\na\r\n',
  }),
  underAttack('attack-size', 'an endless chunk size', { connections, start, again: '0' }),
]
