// @slow 20
// Every lock file holds what its manifest and packages want, for every platform: `npm ci` works on a fresh clone.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { missingFromLock } from '../support/repository/missing-from-lock.ts'
import { runProcess } from '../support/runner/run-process.mjs'
import { scratchFolder } from '../support/runner/scratch-folder.mjs'

const folders = ['.', 'test/bench', 'test/hosts', 'test/hosts/runtimes']

const platforms = [
  ['linux', 'x64'],
  ['linux', 'arm64'],
  ['darwin', 'arm64'],
  ['win32', 'x64'],
] as const

/** `npm ci --dry-run` with an empty cache and without the network: a lock file in step needs neither. */
const tryInstall = async (folder: string, os: string, cpu: string) => {
  const cache = scratchFolder('node_modules/.cache/sluice', 'npm-')
  const flags = ['--dry-run', '--offline', '--ignore-scripts', '--loglevel=error']
  const args = ['ci', ...flags, '--cache', cache.folder, `--os=${os}`, `--cpu=${cpu}`]
  try {
    return await runProcess('npm', args, { cwd: folder })
  } finally {
    cache.discard()
  }
}

const locks = suite('lock files')

for (const folder of folders) {
  locks(`${folder} has every package that another one names, for whatever platform`, () => {
    const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
    assert.equal(missingFromLock(lock), [])
  })

  for (const [os, cpu] of platforms)
    locks(`${folder} can be installed by npm ci on ${os} ${cpu}`, async () => {
      const { code, output } = await tryInstall(folder, os, cpu)
      assert.is(code, 0, output)
    })
}

const entry = (wants: Readonly<Record<string, unknown>> = {}) => ({ version: '1.0.0', ...wants })

const rows = [
  {
    name: 'nothing is missing where a package lies beside the one that names it',
    given: { 'node_modules/a': entry({ dependencies: { b: '1' } }), 'node_modules/b': entry() },
    wanted: [],
  },
  {
    name: 'nothing is missing where a package lies inside the one that names it',
    given: {
      'node_modules/@s/a': entry({ dependencies: { b: '1' } }),
      'node_modules/@s/a/node_modules/b': entry(),
    },
    wanted: [],
  },
  {
    name: 'a package inside another one is not there for its neighbours',
    given: {
      'node_modules/a': entry({ dependencies: { b: '1' } }),
      'node_modules/c/node_modules/b': entry(),
    },
    wanted: ['node_modules/a: b'],
  },
  {
    name: 'a package for another platform is missing like any other',
    given: { 'node_modules/a': entry({ optionalDependencies: { '@a/win32': '1' } }) },
    wanted: ['node_modules/a: @a/win32'],
  },
  {
    name: 'a peer is missing unless it is optional',
    given: {
      'node_modules/a': entry({
        peerDependencies: { b: '1', c: '1' },
        peerDependenciesMeta: { c: { optional: true } },
      }),
    },
    wanted: ['node_modules/a: b'],
  },
  {
    name: 'what the manifest itself names is missing too',
    given: { '': entry({ devDependencies: { a: '1' } }) },
    wanted: [': a'],
  },
]

for (const { name, given, wanted } of rows)
  locks(name, () => assert.equal(missingFromLock({ packages: given }), wanted))

locks.run()
