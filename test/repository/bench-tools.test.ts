// The arithmetic and the output of the bench; nothing is timed here.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { renderChart } from '../bench/support/chart.mjs'
import { median, ratio, readable, spread, valuesOf } from '../bench/support/statistics.mjs'
import { renderTable } from '../bench/support/table.mjs'
import { readWrk } from '../bench/support/wrk.mjs'
import type { Sample } from '../bench/support/statistics.mjs'

const sample = (peer: string, round: number, ns: number, variant = ''): Sample => ({
  runtime: 'node 20',
  peer,
  variant,
  round,
  values: { ns },
})

const medians = suite('median')

const medianRows = [
  { name: 'is the middle one of three', given: [9, 1, 5], wanted: 5 },
  { name: 'is the mean of the two in the middle of four', given: [4, 1, 3, 2], wanted: 2.5 },
  { name: 'is the one there is', given: [7], wanted: 7 },
  { name: 'sorts by size and not as text', given: [10, 9, 100], wanted: 10 },
  {
    name: 'leaves out what is no number',
    given: [Number.NaN, 3, Number.POSITIVE_INFINITY],
    wanted: 3,
  },
]
for (const { name, given, wanted } of medianRows)
  medians(name, () => assert.is(median(given), wanted))

medians('of nothing is no number', () => assert.ok(Number.isNaN(median([]))))

medians('leaves its input in order', () => {
  const given = [3, 1, 2]
  median(given)
  assert.equal(given, [3, 1, 2])
})

medians.run()

const ratios = suite('ratio')

ratios('compares within a round: a round that is slow for both changes nothing', () => {
  const samples = [
    sample('a', 0, 10),
    sample('b', 0, 20),
    sample('a', 1, 100),
    sample('b', 1, 200),
    sample('a', 2, 10),
    sample('b', 2, 20),
  ]
  assert.is(ratio(samples, 'ns', { peer: 'a' }, { peer: 'b' }), 0.5)
})

ratios('is the median of the rounds, and not the ratio of the medians', () => {
  const samples = [
    ...[1, 10, 100].map((ns, round) => sample('a', round, ns)),
    ...[1, 100, 10].map((ns, round) => sample('b', round, ns)),
  ]
  assert.is(ratio(samples, 'ns', { peer: 'a' }, { peer: 'b' }), 1)
})

ratios('leaves out a round that only one of them has', () => {
  const samples = [sample('a', 0, 1), sample('a', 1, 8), sample('b', 1, 4)]
  assert.is(ratio(samples, 'ns', { peer: 'a' }, { peer: 'b' }), 2)
})

ratios('tells variants apart', () => {
  const samples = [sample('a', 0, 1, 'down'), sample('a', 0, 3, 'up'), sample('b', 0, 1, 'up')]
  assert.is(ratio(samples, 'ns', { peer: 'a', variant: 'up' }, { peer: 'b', variant: 'up' }), 3)
})

ratios('is no number where the other was not measured', () => {
  assert.ok(Number.isNaN(ratio([sample('a', 0, 1)], 'ns', { peer: 'a' }, { peer: 'b' })))
})

ratios.run()

const others = suite('spread, values and how a number is read')

others('the spread is how far the largest lies over the smallest', () => {
  assert.is(spread([2, 3, 2.5]), 0.5)
  assert.is(spread([4]), 0)
  assert.ok(Number.isNaN(spread([])))
})

others('values are those of the samples wanted, in order', () => {
  const samples = [sample('a', 0, 1), sample('b', 0, 2), sample('a', 1, 3)]
  assert.equal(valuesOf(samples, 'ns', { peer: 'a' }), [1, 3])
  assert.equal(valuesOf(samples, 'ns', { peer: 'a', round: 1 }), [3])
})

const readableRows: readonly (readonly [number, string])[] = [
  [0, '0'],
  [1, '1'],
  [1.304, '1.30'],
  [0.0456, '0.0456'],
  [12.34, '12.3'],
  [999, '999'],
  [1234.5, '1,235'],
  [-1.5, '-1.50'],
  [Number.NaN, '–'],
]
for (const [given, wanted] of readableRows)
  others(`${given} reads ${wanted}`, () => assert.is(readable(given), wanted))

others.run()

const tables = suite('renderTable')

tables('is Markdown, with text to the left, and bars in cells that stay cells', () => {
  const columns = [{ title: 'peer', text: true }, { title: 'ns' }]
  const wanted = ['| peer | ns |', '| --- | ---: |', '| a\\|b | 1 |'].join('\n')
  assert.is(renderTable(columns, [['a|b', 1]]), wanted)
})

tables.run()

const charts = suite('renderChart')

const bar = (label: string, value: number) => ({ label, value, text: `${value}` })
const chartOf = (bars: readonly ReturnType<typeof bar>[]) =>
  renderChart({ title: 'a < b & "c"', subtitle: 'd', sections: [{ title: 'e', bars }] })

/** The tags of an XML text, and whether each is closed where it must be. */
const openAtTheEnd = (xml: string): readonly string[] => {
  const open: string[] = []
  for (const [, closes, name, ends] of xml.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
    if (closes === '/') assert.is(open.pop(), name)
    else if (ends === '') open.push(name ?? '')
  }
  return open
}

const lengthsOf = (svg: string): readonly number[] =>
  [...svg.matchAll(/<rect[^>]* width="(\d+)"/g)].map(([, length]) => Number(length))

charts('is well-formed: every tag is closed, and text is escaped', () => {
  const svg = chartOf([bar('<b>&', 2)])
  assert.equal(openAtTheEnd(svg), [])
  assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
  assert.ok(svg.includes('&lt;b&gt;&amp;'))
  assert.ok(svg.includes('<title>a &lt; b &amp; &quot;c&quot;</title>'))
  assert.not.match(svg, /&(?!(amp|lt|gt|quot|apos);)/)
})

charts('draws bars as long as their values', () => {
  const [long = 0, half = 0] = lengthsOf(chartOf([bar('a', 10), bar('b', 5)]))
  assert.is(half, long / 2)
})

charts('draws nothing for what is no number, and a bar for 0', () => {
  assert.is(lengthsOf(chartOf([bar('a', Number.NaN), bar('b', 1)])).length, 1)
  assert.equal(lengthsOf(chartOf([bar('a', 0)])), [1])
})

charts('of no sections is well-formed', () => {
  assert.equal(openAtTheEnd(renderChart({ title: '', subtitle: '', sections: [] })), [])
})

charts.run()

const loads = suite('readWrk')

const output = (latency: string, more = '') =>
  [
    'Running 2s test @ http://127.0.0.1:1/hello',
    '  Latency Distribution',
    '     50%  500.00us',
    `     99%    ${latency}`,
    '  123456 requests in 2.05s, 20.00MB read',
    more,
    'Requests/sec:  60222.44',
  ].join('\n')

loads('reads requests, seconds and the 99th percentile', () => {
  const wanted = { requests: 123456, seconds: 2.05, p99Ms: 1.25, failed: 0 }
  assert.equal(readWrk(output('1.25ms')), wanted)
})

loads('reads microseconds and seconds as milliseconds', () => {
  assert.is(readWrk(output('250.00us')).p99Ms, 0.25)
  assert.is(readWrk(output('1.50s')).p99Ms, 1500)
})

loads('counts answers that are errors, and errors of sockets', () => {
  assert.is(readWrk(output('1.00ms', '  Non-2xx or 3xx responses: 7')).failed, 7)
  const errors = '  Socket errors: connect 1, read 2, write 0, timeout 4'
  assert.is(readWrk(output('1.00ms', errors)).failed, 7)
})

loads('says what it cannot read', () => {
  assert.throws(() => readWrk('unable to connect'), /Cannot read what wrk says: unable to connect/)
})

loads.run()
