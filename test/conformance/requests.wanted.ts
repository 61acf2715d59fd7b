import type { ParsedRequest } from '../support/parsing/feed-pieces.ts'
import type { WantedRequest } from './requests.accepted.ts'

/** A request as it is compared. */
interface Comparable extends Omit<Required<WantedRequest>, 'upgrade'> {
  readonly upgrade: string | undefined
  readonly whole: boolean
}

/** What a row of the table wants, with what all requests have. */
export const wantedFully = (wanted: WantedRequest): Comparable => ({
  method: 'GET',
  target: '/',
  version: '1.1',
  fields: [['host', 'a']],
  framing: 'none',
  data: '',
  trailers: [],
  keepAlive: wanted.version !== '1.0',
  expectsContinue: false,
  upgrade: undefined,
  whole: true,
  ...wanted,
})

/** What was parsed, as a row says it. */
export const found = ({ head, ...rest }: ParsedRequest): Comparable => {
  const { method, target, version, headers, framing, keepAlive, expectsContinue, upgrade } = head
  const fields = [...headers]
  const says = { framing: framing.kind, keepAlive, expectsContinue, upgrade }
  return { method, target, version, fields, ...says, ...rest }
}
