// Each helper exists once: what several packages need is in `@sluice/body/engine`, or in `@sluice/body` if users need it too.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  filesWith,
  namesListedIn,
  sameExports,
  sameMeanings,
  takenNames,
} from '../support/repository/repeats.ts'
import { sourceFilesUnder } from '../support/repository/source-file.ts'
import { listPackages } from '../support/runner/packages.mjs'
import type { PackageSource } from '../support/repository/repeats.ts'

const read = (path: string): PackageSource => ({ path, text: readFileSync(path, 'utf8') })

const sources = listPackages().flatMap(({ folder }) =>
  sourceFilesUnder(join(folder, 'src')).map(read),
)

const engine = 'packages/body/src/engine'

const shared = new Set([
  ...namesListedIn(read(`${engine}/index.ts`)),
  ...namesListedIn(read('packages/body/src/index.ts')),
])

/** Names that mean something else in another package: there, not here, each name a file. */
const otherMeanings = [
  // A law's reading, and the law of traits.
  'readBytes: packages/laws/src/law-one-reader.ts',
  'traits: packages/laws/src/law-traits.ts',
]

/** Names that two packages export, which mean different things. */
const otherExports = [
  'discard',
  'empty',
  'endedEarly',
  'flush',
  'listen',
  'pause',
  'traits',
  // Of a host each: what it does depends on who writes the response.
  'Exchange',
  'responseHead',
  'takeOver',
]

/** Code that has one place. A pattern is tried on code without comments. */
const places: readonly {
  readonly what: string
  readonly pattern: RegExp
  readonly at: readonly string[]
  readonly planted: string
}[] = [
  {
    what: 'the longest timer',
    pattern: /\b2 \*\* 31 - 1|\b2_?147_?483_?647\b|0x7fff_?ffff\b/i,
    // The kit's seeds are of 31 bits too.
    at: [`${engine}/limits.ts`, 'packages/laws/src/options.ts', 'packages/laws/src/scripts.ts'],
    planted: 'export const longest = 2 ** 31 - 1',
  },
  {
    what: 'splitting of surrogate pairs',
    pattern: /0xd[89a-f]00|0xd[bf]ff|\\u\{?d[89a-f]00/i,
    // A URL has no halves of pairs at all.
    at: [`${engine}/split-pair.ts`, 'packages/stack/src/redirect.ts'],
    planted: 'const isHigh = (code: number) => code >= 0xd800 && code <= 0xdbff',
  },
  {
    what: 'a promise whose ends are taken out',
    pattern: /withResolvers|new Promise(<[^>]*>)?\(\([^)]*\) => \{\s*\w+ = \w+;/,
    at: [`${engine}/deferred.ts`],
    planted: 'let go = () => {}; const gone = new Promise<void>((resolve) => {\n  go = resolve\n})',
  },
  {
    what: 'the characters of tokens',
    pattern: /#\$%&\\?'\\?\*/,
    at: [`${engine}/field-syntax.ts`],
    planted: "const token = /^[\\w!#$%&'*+.^`|~-]+$/",
  },
  {
    what: 'the blanks of fields',
    pattern: /=== 32 \|\| \w+ === 9\b|\[ \\t\]|\[\\t \]|\.trim(Start|End)?\(/,
    at: [`${engine}/field-syntax.ts`],
    planted: "const bare = (value: string) => value.replace(/^[ \\t]+/, '')",
  },
  {
    what: 'encoding of text',
    pattern: /new TextEncoder\(/,
    at: [`${engine}/encode-text.ts`],
    planted: 'const encoder = new TextEncoder()',
  },
  {
    what: 'an empty byte array',
    pattern: /const \w+(: \w+)? = new Uint8Array\(0?\)/,
    at: ['packages/body/src/bytes.ts'],
    planted: 'const none = new Uint8Array()',
  },
  {
    what: 'waiting for a turn of the event loop',
    pattern: /setImmediate\(|setTimeout\(\w+, 0\)/,
    // These run on Node alone, and put off what is not a loop over frames.
    at: [`${engine}/next-turn.ts`, 'packages/node/src/', 'packages/server/src/'],
    planted: 'const later = (run: () => void) => setImmediate(run)',
  },
  {
    what: 'listening to the abort of a signal',
    pattern: /addEventListener\(['"]abort['"]/,
    // A server listens once, for its whole life.
    at: [`${engine}/on-abort.ts`, 'packages/server/src/serve.ts'],
    planted: "signal.addEventListener('abort', stop)",
  },
]

const isAt = (path: string, at: readonly string[]) =>
  at.some((place) => path === place || (place.endsWith('/') && path.startsWith(place)))

const once = suite('each helper exists once')

once('what two packages need is in @sluice/body', () => {
  assert.equal(sameMeanings(sources), [])
})

once('no package has a helper of its own under a name that @sluice/body exports', () => {
  assert.equal(
    takenNames(sources, shared).filter((found) => !otherMeanings.includes(found)),
    [],
  )
})

once('a name that two packages export means different things', () => {
  assert.equal(
    sameExports(sources).filter((found) => !otherExports.includes(found.split(':')[0] ?? '')),
    [],
  )
})

once('each exception is still needed', () => {
  const names = sameExports(sources).map((found) => found.split(':')[0] ?? '')
  assert.equal(
    [
      ...otherMeanings.filter((each) => !takenNames(sources, shared).includes(each)),
      ...otherExports.filter((each) => !names.includes(each)),
    ],
    [],
  )
})

for (const { what, pattern, at } of places)
  once(`${what} has one place`, () => {
    assert.equal(
      filesWith(sources, pattern).filter((path) => !isAt(path, at)),
      [],
    )
    assert.ok(filesWith(sources, pattern).length > 0, 'the pattern finds its place')
  })

once.run()

const finder = suite('the finder of repeats')

const plant = (path: string, text: string): PackageSource => ({ path, text })

for (const { what, pattern, planted } of places)
  finder(`finds ${what} elsewhere, and not in a comment`, () => {
    const file = plant('packages/flush/src/planted.ts', planted)
    assert.equal(filesWith([file], pattern), [file.path])
    const comment = plant('packages/flush/src/planted.ts', `/* ${planted.replace('*/', '')} */`)
    if (!planted.includes('*/')) assert.equal(filesWith([comment], pattern), [])
  })

finder('finds the same function in two packages under two names, and not in one package', () => {
  const first = plant('packages/pause/src/a.ts', 'const isOdd = (n: number) => n % 2 === 1')
  const second = plant(
    'packages/flush/src/b.ts',
    'export const odd = (n: number) =>\n  // a comment\n  n % 2 === 1',
  )
  assert.equal(sameMeanings([first, second]), [`isOdd: ${first.path}, ${second.path}`])
  assert.equal(sameMeanings([first, { ...second, path: 'packages/pause/src/b.ts' }]), [])
})

finder('finds the same function declaration and the same class in two packages', () => {
  const text =
    'function add(a: number, b: number) { return a + b }\nclass Two { read() { return 2 } }'
  const found = sameMeanings([
    plant('packages/pause/src/a.ts', text),
    plant('packages/flush/src/b.ts', text),
  ])
  assert.equal(found.length, 2)
})

finder('finds a helper under a name of @sluice/body, whatever it does', () => {
  const planted = plant('packages/pause/src/a.ts', 'const closeQuietly = (x: number) => x')
  assert.equal(takenNames([planted], shared), ['closeQuietly: packages/pause/src/a.ts'])
})

finder('finds a name that two packages export', () => {
  const found = sameExports([
    plant('packages/pause/src/a.ts', 'export const limit = 5'),
    plant('packages/flush/src/b.ts', 'export function limit() {}'),
  ])
  assert.equal(found, ['limit: packages/pause/src/a.ts, packages/flush/src/b.ts'])
})

finder.run()
