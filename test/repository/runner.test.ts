// How the runner finds the files of a name and reads their marks; layout.test.ts sees to it that it finds every file.

import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findTestFiles, isNamed, marksOf } from '../support/runner/test-files.mjs'

const names = suite('node build.mjs test NAME')

const file = 'test/body/fields.test.ts'
for (const { name, given, wanted } of [
  { name: 'a path is that file', given: 'test/body/fields.test.ts', wanted: true },
  { name: 'a short name is that file', given: 'body/fields', wanted: true },
  { name: 'the last part is every file of that name', given: 'fields', wanted: true },
  { name: 'a folder is every file in it', given: 'body', wanted: true },
  { name: 'so it is with its path', given: 'test/body/', wanted: true },
  { name: 'half a name is none', given: 'field', wanted: false },
  { name: 'half a folder is none', given: 'bod', wanted: false },
  { name: 'another folder is none', given: 'test/stack', wanted: false },
])
  names(name, () => assert.is(isNamed(file, given), wanted))

names.run()

const marks = suite('marks of a test file')

const marksIn = (...lines: readonly string[]) => {
  const path = join(tmpdir(), 'marked.test.ts')
  writeFileSync(path, lines.join('\n'))
  return marksOf(path)
}

const none = {
  alone: false,
  waits: false,
  declarations: false,
  slow: false,
  slowSeconds: 0,
  seconds: 120,
  installs: [],
}

for (const { name, given, wanted } of [
  { name: 'none by default', given: ['// About it.'], wanted: none },
  { name: 'alone', given: ['// @alone'], wanted: { ...none, alone: true } },
  { name: 'waits', given: ['// About it.', '// @waits'], wanted: { ...none, waits: true } },
  {
    name: 'declarations',
    given: ['// @declarations'],
    wanted: { ...none, declarations: true },
  },
  { name: 'seconds', given: ['// @seconds 300'], wanted: { ...none, seconds: 300 } },
  {
    name: 'slow, with the seconds that it takes',
    given: ['// @slow 40'],
    wanted: { ...none, slow: true, slowSeconds: 40 },
  },
  {
    name: 'folders whose dependencies are installed for it',
    given: ['// @installs test/a test/a/b'],
    wanted: { ...none, installs: ['test/a', 'test/a/b'] },
  },
  {
    name: 'a mark in the sixth line is none',
    given: ['', '', '', '', '', '// @alone'],
    wanted: none,
  },
])
  marks(name, () => assert.equal(marksIn(...given), wanted))

marks.run()

const order = suite('the order of test files')

order('the layout comes first, then the slow ones from the longest, then the others', () => {
  const [first, ...rest] = findTestFiles()
  assert.is(first, 'test/repository/layout.test.ts')
  const seconds = rest.map((path) => marksOf(path).slowSeconds)
  assert.equal(
    seconds,
    [...seconds].sort((a, b) => b - a),
  )
})

order.run()
