// How the table of hosts is made of results.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { renderTable, tableIn, withTable } from './support/table.ts'
import type { Behaviour } from './behaviours/behaviour.ts'
import type { Host } from './hosts.ts'
import type { Outcome } from './support/table.ts'

const host = (name: string, column: string): Host => ({
  name,
  column,
  program: '',
  runtime: 'node',
  protocol: 'http/1.1',
  via: 'listener',
})

const row = (name: string): Behaviour => ({ name, run: async () => {} })

const kept: Outcome = { kind: 'kept' }
const late: Outcome = { kind: 'lost', instead: 'it comes late' }

const render = (hosts: readonly Host[], outcomes: Readonly<Record<string, readonly Outcome[]>>) =>
  renderTable(hosts, ['flush', 'pause'].map(row), ({ name }, behaviour) => {
    const [flush = kept, pause = kept] = outcomes[name] ?? []
    return behaviour.name === 'flush' ? flush : pause
  })

const tables = suite('renderTable')

tables('a column whose hosts all lose a behaviour says lost, and its note names the column', () => {
  const hosts = [host('a', 'A'), host('b1', 'B'), host('b2', 'B')]
  assert.is(
    render(hosts, { b1: [kept, late], b2: [kept, late] }),
    [
      '|  | A | B |',
      '| --- | :---: | :---: |',
      '| flush | ✓ | ✓ |',
      '| pause | ✓ | lost (1) |',
      '',
      '1. It comes late: B.',
    ].join('\n'),
  )
})

tables('if only some lose it the cell has the number, and the note names them', () => {
  const text = render([host('a1', 'A'), host('a2', 'A')], { a2: [late] })
  assert.match(text, '| flush | ✓ (1) |')
  assert.match(text, '1. It comes late: a2.')
})

tables('columns that are equal are joined; a note names each', () => {
  const text = render([host('a', 'A'), host('b', 'B'), host('c', 'C')], { a: [late], c: [late] })
  assert.match(text, '|  | A, C | B |')
  assert.match(text, '1. It comes late: A; C.')
})

tables('a red cell is shown, and a protocol without the thing has a dash', () => {
  const text = render([host('a', 'A')], { a: [{ kind: 'red' }, { kind: 'absent' }] })
  assert.match(text, '| flush | ✗ |\n| pause | – |')
})

tables('the table of a page can be replaced', () => {
  const begin = '<!-- The table of hosts, written by `node build.mjs test hosts --write` -->'
  const page = `a\n${begin}\n\nold\n\n<!-- The end of the table of hosts -->\nz`
  const other = withTable(page, 'new')
  assert.is(tableIn(page), 'old')
  assert.is(tableIn(other), 'new')
  assert.is(withTable(other, 'old'), page)
  assert.throws(() => withTable('a', 'new'), /found no place/)
})

tables.run()
