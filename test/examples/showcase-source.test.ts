// How the showcase takes statements out of source files.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { colour, statementsOf } from '../../examples/showcase/source.ts'

const source = `import { a } from 'a'

/** Above it. */
export const one = stack(
  first(),
)(() => {

  return 1
})
const two = 2
// Of three.
export async function* three() {
  // Inside.
  const four = () => {
    yield 4
  }

  yield 5
}

class Five {}
`

const file = pathToFileURL(join(mkdtempSync(join(tmpdir(), 'source-')), 'app.ts'))
writeFileSync(file, source)

const taken = suite('showcase: statementsOf')

for (const { name, names, wanted } of [
  {
    name: 'a statement goes to its last closing bracket, over empty lines, without the comment above',
    names: ['one'],
    wanted: 'export const one = stack(\n  first(),\n)(() => {\n\n  return 1\n})',
  },
  { name: 'a statement of one line is one line', names: ['two'], wanted: 'const two = 2' },
  {
    name: 'an inner one is moved to the left',
    names: ['four'],
    wanted: 'const four = () => {\n  yield 4\n}',
  },
  {
    name: 'several stand apart, in the order of their names',
    names: ['Five', 'two'],
    wanted: 'class Five {}\n\nconst two = 2',
  },
])
  taken(name, () => assert.is(statementsOf(file, names), wanted))

taken('a generator is found, and ends before what follows it', () => {
  assert.match(statementsOf(file, ['three']), /^export async function\* three.*5\n}$/s)
})

taken('a name that is not declared is an error, also if it is part of one that is', () => {
  for (const name of ['a', 'on', 'six'])
    assert.throws(() => statementsOf(file, [name]), /Cannot show .*does not declare it/)
})

taken.run()

const coloured = suite('showcase: colour')

for (const { name, given, wanted } of [
  {
    name: 'each line is an element, and an empty one too',
    given: 'a < b\n\nc',
    wanted: '<span>a &lt; b</span><span></span><span>c</span>',
  },
  {
    name: 'a comment of two lines is closed at the end of each',
    given: '/* a\nb */ c',
    wanted: '<span><i class="c">/* a</i></span><span><i class="c">b */</i> c</span>',
  },
  {
    name: 'a word is not coloured in strings, in comments, as a part of a name, or of a property',
    given: "'if' // if\nif (iffy.catch)",
    wanted:
      '<span><i class="s">\'if\'</i> <i class="c">// if</i></span><span><i class="k">if</i> (iffy.catch)</span>',
  },
  {
    name: 'a comment sign in a string begins no comment',
    given: "'http://a'",
    wanted: '<span><i class="s">\'http://a\'</i></span>',
  },
])
  coloured(name, () => assert.is(colour(given), wanted))

coloured.run()
