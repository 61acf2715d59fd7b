// What every filter and middleware of ours says of itself. That it is true is tried in laws.test.ts; here, that it says no less.
import { toBody } from '@sluice/body'
import { traits } from '@sluice/body/engine'
import { share } from '@sluice/write-buffering'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { filtersOfOurs } from '../support/laws/filters-of-ours.ts'
import type { SharePolicy } from '@sluice/write-buffering'

/** By the beginning of the row's name, the longest first: bytes, holds, flush. */
const said: Readonly<Record<string, string>> = {
  'blocking: inWorker': 'kept nothing kept',
  'blocking: inWorker, that ': 'changed bounded kept',
  'blocking: lagWarning': 'kept nothing kept',
  'body: toBody': 'changed whole lost',
  'chunked-input: chunkedInput': 'changed nothing kept',
  'chunked-input: decodeChunked': 'changed nothing kept',
  'chunked-input: decodeChunked after encodeChunked': 'kept nothing kept',
  'chunked-input: encodeChunked': 'changed nothing kept',
  'compress: ': 'changed bounded kept',
  'compress: decompress after ': 'kept bounded kept',
  'filter: chain': 'kept bounded kept',
  'filter: dropFlush': 'kept nothing lost',
  'filter: dropTrailers': 'kept nothing kept',
  'filter: limitBytes': 'kept nothing kept',
  'filter: mapBytes': 'changed nothing kept',
  'filter: mapText': 'changed bounded kept',
  'filter: pipe': 'changed bounded kept',
  'filter: tap': 'kept nothing kept',
  'filter: through': 'changed whole delayed',
  'flush: autoFlush': 'kept nothing kept',
  'flush: proxyHints': 'kept nothing kept',
  'flush: throttleFlush': 'kept nothing delayed',
  'pause: heartbeat': 'changed nothing kept',
  'sse: encodeEvents': 'changed whole lost',
  'stack: answerErrors': 'kept nothing kept',
  'stack: filterRe': 'changed whole lost',
  'stack: input': 'changed nothing kept',
  'stack: output': 'changed nothing kept',
  'write-buffering: buffered': 'kept whole delayed',
  'write-buffering: coalesce': 'kept bounded kept',
  'write-buffering: share': 'kept bounded kept',
  'write-buffering: spool': 'kept whole delayed',
}

const ours = suite('traits of ours')

for (const { name, make } of filtersOfOurs)
  ours(name, () => {
    const [key = ''] = Object.keys(said)
      .filter((each) => name.startsWith(each))
      .sort((a, b) => b.length - a.length)
    const { bytes, holds, flush, mode } = traits(make())
    assert.is(`${bytes} ${holds} ${flush}`, said[key])
    assert.is(mode, 'async')
  })

ours('each line is of some row', () => {
  const unused = Object.keys(said).filter(
    (each) => !filtersOfOurs.some(({ name }) => name.startsWith(each)),
  )
  assert.equal(unused, [])
})

ours('a reader of share that loses the oldest frames says so', () => {
  const readerBy = (policy: SharePolicy) => share(toBody([]), { policy }).reader
  const { bytes, flush } = traits(readerBy('drop-oldest'))
  assert.equal([bytes, flush], ['changed', 'lost'])
  assert.is(traits(readerBy('disconnect')).flush, 'kept')
})

ours.run()
