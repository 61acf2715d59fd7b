// What each package is made of: its manifest, its README and CHANGELOG, and what was built.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { listPackages } from '../support/runner/packages.mjs'

const readmeSections = ['Install', 'Use', 'API', 'Errors', 'Does not', 'Sources']

/** What the README links to beside itself: npm packs these pages only if they are named. */
const pagesIn = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.md') && file !== 'README.md' && file !== 'CHANGELOG.md')
    .sort()

const packages = listPackages()
const firstRepository = packages[0]?.manifest.repository
// Filled in at the first release: CONTRIBUTING.md says how.
const isPublic = firstRepository !== undefined

for (const { name, folder, manifest, entries } of packages) {
  const each = suite(folder)

  each('has the manifest of a package of ours', () => {
    assert.is(manifest.name, `@sluice/${name}`)
    assert.match(manifest.version, /^\d+\.\d+\.\d+$/)
    assert.ok(manifest.description.length > 20)
    assert.is(manifest.license, 'MIT')
    assert.is(manifest.type, 'module')
    assert.is(manifest.sideEffects, false)
    assert.equal(manifest.files, ['dist', 'src', 'CHANGELOG.md', ...pagesIn(folder)])
    assert.equal(manifest.engines, { node: '^20.19.0 || >=22.12.0' })
    assert.is(manifest.private, undefined)
    assert.is(manifest.scripts, undefined)
  })

  each('has keywords that a search finds, the first of them "http"', () => {
    const { keywords } = manifest
    assert.is(keywords[0], 'http')
    assert.is(keywords[1], 'streaming')
    assert.ok(keywords.length >= 4)
    assert.equal(keywords, [...new Set(keywords)])
    for (const keyword of keywords) assert.match(keyword, /^[a-z0-9]+(-[a-z0-9]+)*$/)
  })

  each('has the LICENSE of the repository, which npm packs', () => {
    assert.is(readFileSync(join(folder, 'LICENSE'), 'utf8'), readFileSync('LICENSE', 'utf8'))
  })

  each('names one repository and its own folder in it, or none yet', () => {
    const { repository, bugs } = manifest
    assert.is(repository === undefined, bugs === undefined)
    assert.equal(repository, isPublic ? { ...firstRepository, directory: folder } : undefined)
    assert.equal(bugs, packages[0]?.manifest.bugs)
  })

  each('exports types first, source at home, dist elsewhere, and package.json', () => {
    const { './package.json': own, ...rest } = manifest.exports
    assert.is(own, './package.json')
    for (const [path, target] of Object.entries(rest)) {
      const file = path === '.' ? 'index' : `${path.slice(2)}/index`
      const wanted = {
        types: { '@sluice/source': `./src/${file}.ts`, default: `./dist/${file}.d.ts` },
        '@sluice/source': `./src/${file}.ts`,
        default: `./dist/${file}.js`,
      }
      // As text: the order of conditions decides, and equal() does not see it.
      assert.is(JSON.stringify(target), JSON.stringify(wanted))
    }
  })

  each('has a README of under 120 lines with its six sections in order', () => {
    const lines = readFileSync(join(folder, 'README.md'), 'utf8').trimEnd().split('\n')
    const sections = lines.filter((line) => line.startsWith('## ')).map((line) => line.slice(3))
    assert.ok(lines.length < 120, `${lines.length} lines`)
    assert.equal(
      sections.filter((title) => readmeSections.includes(title)),
      readmeSections,
    )
  })

  each('has a CHANGELOG with an Unreleased section', () => {
    assert.match(readFileSync(join(folder, 'CHANGELOG.md'), 'utf8'), /^## Unreleased$/m)
  })

  each('was built from its own source only: no other package is inside', () => {
    const maps = readdirSync(join(folder, 'dist'), { recursive: true, withFileTypes: true })
      .filter((file) => file.name.endsWith('.js.map'))
      .map((file) => join(file.parentPath, file.name))
    assert.ok(maps.length >= entries.length)
    for (const map of maps) {
      const { sources }: { sources: readonly string[] } = JSON.parse(readFileSync(map, 'utf8'))
      const foreign = sources.filter((path) => !/^(\.\.\/)+src\//.test(path))
      assert.equal(foreign, [], map)
      const hasBodyError = /\bBodyError = class\b|\bclass BodyError\b/.test(
        readFileSync(map.slice(0, -'.map'.length), 'utf8'),
      )
      assert.ok(name === 'body' || !hasBodyError, map)
    }
  })

  each.run()
}
