// @seconds 300
// @slow 25
// @declarations
// Every block of code of a README or docstring compiles for users, and so does test/types/*.ts that is about the platform's
// own types: with each compiler, resolution and platform, against the declarations in dist.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  compilers,
  complaintsOf,
  isOnNode,
  platforms,
  resolutions,
} from '../support/repository/consumers.ts'
import { blockFile, documentedBlocks } from '../support/repository/documented-blocks.ts'
import { importsOf } from '../support/repository/source-file.ts'
import { scratchFolder } from '../support/runner/scratch-folder.mjs'

/** What a compiler cannot know. */
const excused = [
  {
    compiler: 'TypeScript 5.4',
    platform: 'the types of Node and the web',
    complaint: /'ReadableStream<.*must have a '\[Symbol\.asyncIterator\]/,
    reason:
      'its dom.asynciterable has no ReadableStream yet: `for await` over one came with TypeScript 5.6',
  },
]

// Under node_modules, so that a block finds the packages by their npm names.
const { folder } = scratchFolder('node_modules/.cache/sluice', 'block-types-')

const platformTypes = ['test/types/web.ts', 'test/types/serve.ts'].map((where) => ({
  where,
  code: readFileSync(where, 'utf8'),
}))
const blocks = [...documentedBlocks(), ...platformTypes].map(({ where, code }) => ({
  file: blockFile(where),
  code,
}))
for (const { file, code } of blocks) writeFileSync(join(folder, file), code)

/** Whether a block needs more than the web: a package on Node or another than ours, Node's modules, or its globals. */
const needsNode = ({ file, code }: { readonly file: string; readonly code: string }): boolean =>
  /\b(process|Buffer)\b/.test(code) ||
  importsOf(join(folder, file)).some((name) => !name.startsWith('@sluice/') || isOnNode(name))

const all = blocks.map(({ file }) => file)
const onTheWeb = blocks.filter((block) => !needsNode(block)).map(({ file }) => file)

const compiles = suite('types: every block compiles')

compiles('most blocks need no more than the web', () => {
  assert.ok(onTheWeb.length > all.length / 2)
  assert.ok(onTheWeb.includes(blockFile('test/types/web.ts')))
})

const settings = resolutions.flatMap(({ resolution, options }) =>
  platforms.map(({ platform, hasNode, options: types }) => ({
    platform,
    title: `${resolution}, with ${platform}`,
    files: hasNode ? all : onTheWeb,
    options: { ...options, ...types, skipLibCheck: true },
  })),
)

for (const each of compilers) {
  const { compiler } = each
  let checking: ReturnType<typeof complaintsOf> | undefined
  for (const [index, { platform, title }] of settings.entries())
    compiles(`${compiler}, ${title}`, async () => {
      checking ??= complaintsOf(each, folder, settings)
      const complaints = await checking
      const excuses = excused.filter((it) => it.compiler === compiler && it.platform === platform)
      const unexcused = complaints[index]?.filter(
        (text) => !excuses.some(({ complaint }) => complaint.test(text)),
      )
      assert.equal(unexcused, [])
    })
}

compiles.run()
