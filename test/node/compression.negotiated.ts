// Which coding a client gets (RFC 9110 12.5.3), and the options of the codings.
import { constants } from 'node:zlib'
import { hasZstd } from '@sluice/compress'
import type { CompressOptions } from '@sluice/compress'
import type { Row } from '../support/node/compression-row.ts'

const content = 'content of some length. '.repeat(20)

const sendsText: Row['app'] = (_, res) => {
  res.setHeader('Content-Type', 'text/plain')
  res.end(content)
}

const negotiates = (accepts: string, coding: 'gzip' | 'deflate' | 'br' | 'zstd' | 'none'): Row => ({
  name: `${JSON.stringify(accepts)} gets ${coding}`,
  accepts,
  app: sendsText,
  wanted: { coding, varies: true, content },
})

const differently = (
  accepts: string,
  coding: 'gzip' | 'br' | 'none',
  because: string,
  theirs: 'gzip' | 'br' | 'deflate' | 'none',
): Row => ({
  ...negotiates(accepts, coding),
  differs: { because, theirs: { coding: theirs, varies: true } },
})

/** Node 22.15 and later have zstd. */
const withZstd = (accepts: string): Row =>
  hasZstd
    ? {
        ...negotiates(accepts, 'zstd'),
        differs: {
          because: '`compression` has no zstd',
          theirs: { coding: 'br', varies: true, content },
        },
      }
    : negotiates(accepts, 'br')

const qualityOf = (quality: number) => ({ params: { [constants.BROTLI_PARAM_QUALITY]: quality } })

const withQuality = (accepts: string, coding: 'gzip' | 'br', quality: number): Row => ({
  ...negotiates(accepts, coding),
  name: `${accepts} gets ${coding} with a brotli quality of ${quality}`,
  options: { brotli: { quality } },
  theirOptions: { brotli: qualityOf(quality) },
})

const noCoding =
  'RFC 9110 12.5.3: an empty Accept-Encoding refuses every coding, and a client that sends none may not know any'

/** A coding for clients that name none: an option of `compression` that we do not have. */
const enforced = (
  enforceEncoding: string,
  accepts: string | undefined,
  coding: 'gzip' | 'deflate' | 'br',
): Row => ({
  name: `${accepts === undefined ? 'no' : 'an empty'} Accept-Encoding gets none, where \`compression\` is told ${enforceEncoding}`,
  accepts,
  theirOptions: { enforceEncoding },
  app: sendsText,
  wanted: { coding: 'none', varies: true, content },
  differs: { because: noCoding, theirs: { coding, varies: true, content } },
})

const notEnforced = (enforceEncoding: string): Row => ({
  ...negotiates('', 'none'),
  name: `an empty Accept-Encoding gets none, as with an \`enforceEncoding\` of ${enforceEncoding}`,
  theirOptions: { enforceEncoding },
})

const only = (codings: NonNullable<CompressOptions['codings']>, accepts: string): Row => ({
  ...negotiates(accepts, 'none'),
  name: `${accepts} gets none if codings are ${codings.join()}`,
  options: { codings },
  differs: {
    because: '`compression` has no option to leave a coding out',
    theirs: { coding: 'br', varies: true, content },
  },
})

export const negotiatedRows: readonly Row[] = [
  negotiates('gzip', 'gzip'),
  negotiates('deflate', 'deflate'),
  negotiates('br', 'br'),
  negotiates('GZip', 'gzip'),
  negotiates('gzip, deflate', 'gzip'),
  negotiates('deflate, gzip', 'gzip'),
  negotiates('gzip, br', 'br'),
  negotiates('deflate, gzip, br', 'br'),
  negotiates('deflate, br', 'br'),
  negotiates('gzip;q=1, br;q=0.3', 'gzip'),
  negotiates('gzip, br;q=0.8', 'gzip'),
  negotiates('gzip;q=0.001', 'gzip'),
  negotiates('gzip;q=0', 'none'),
  withZstd('*'),
  negotiates('*;q=0.5, br;q=0, zstd;q=0', 'gzip'),
  negotiates('identity', 'none'),
  negotiates('identity, gzip;q=0.5', 'none'),
  withQuality('br', 'br', 11),
  withQuality('gzip', 'gzip', 8),
  {
    ...negotiates('gzip', 'gzip'),
    name: 'gzip at level 9',
    options: { gzip: { level: 9 } },
    theirOptions: { level: 9 },
  },
  withZstd('gzip, deflate, br, zstd'),
  differently('x-gzip', 'gzip', 'RFC 9110 8.4.1.3: a recipient takes x-gzip for gzip', 'none'),
  {
    ...differently(
      'gzip, br',
      'gzip',
      'gzip keeps a kilobyte between events, brotli a context (packages/compress/README.md)',
      'br',
    ),
    name: 'server-sent events prefer gzip to brotli',
    app: (_, res) => {
      res.setHeader('Content-Type', 'text/event-stream')
      res.end(content)
    },
  },
  {
    ...negotiates('gzip', 'gzip'),
    name: '`enforceEncoding` is nothing to a client that says what it accepts',
    theirOptions: { enforceEncoding: 'deflate' },
  },
  notEnforced('identity'),
  notEnforced('something'),
  notEnforced('*'),
  enforced('gzip', '', 'gzip'),
  enforced('deflate', '', 'deflate'),
  enforced('br', '', 'br'),
  enforced('gzip', undefined, 'gzip'),
  only(['gzip', 'deflate'], 'br'),
  {
    name: 'a client that refuses every coding and plain content is told so',
    accepts: 'something, identity;q=0',
    app: sendsText,
    wanted: { status: 500, varies: true },
    differs: {
      because:
        'RFC 9110 12.5.3 and 15.5.16: it gets a 406, which here comes to `next` as an error with that status',
      theirs: { coding: 'none', content },
    },
  },
]
