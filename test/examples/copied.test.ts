// @seconds 600
// @slow 40
// @declarations
// Examples put in an empty folder by `build.mjs copy`, installed there as a user does it, and started. Three of them, and all in CI
// or with --all. Outside CI, --all compiles all of them too.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startProgram } from '../support/repository/running-program.ts'
import { listExamples } from '../support/runner/copy-example.mjs'
import { runProcess } from '../support/runner/run-process.mjs'
import { scratchFolder } from '../support/runner/scratch-folder.mjs'
import { textUntil } from '../support/text-until.ts'
import { within } from '../support/within.ts'
import { rightAnswerOf } from './right-answers.ts'
import type { RightAnswer } from './right-answers.ts'

/** Most packages, a worker thread with a library, and the fewest. */
const few = ['chat', 'sqlite', 'streamed-page']
const isCi = process.env.CI !== undefined
const isAll = process.env.SLUICE_ALL !== undefined
const others = listExamples().filter((name) => !few.includes(name))
const names = isCi || isAll ? [...few, ...others] : few
/** What is done with the few: CI leaves it out for the others, of which it would say the same. */
const isThorough = (name: string): boolean => few.includes(name) || (isAll && !isCi)

/** How long an answer may take, ms. */
const bound = 30_000

const { folder: scratch, discard } = scratchFolder(tmpdir(), 'sluice-copied-')

/** A registry that has nothing. Whatever is asked of it should have come from a tarball. */
const asked: string[] = []
const registry = createServer((request, response) => {
  asked.push(request.url ?? '')
  response.writeHead(404, { 'content-type': 'application/json' }).end('{}')
})
await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve))
const address = registry.address()
const registryPort = typeof address === 'object' ? address?.port : undefined

const copy = (...args: readonly string[]) =>
  runProcess(process.execPath, ['build.mjs', 'copy', ...args])

/** Other packages come from npm's cache, and from its registry if they are not there. */
const install = (folder: string) =>
  runProcess('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], {
    cwd: folder,
    seconds: 240,
    env: { 'npm_config_@sluice:registry': `http://127.0.0.1:${registryPort}/` },
  })

/** What npm says if the machine is offline. */
const unreachable = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT|ENOTCACHED)\b/

/** What the last of the others has installed. */
let spare: string | undefined

/**
 * Copies and installs; `undefined` on a machine that cannot reach the registry, which CI has to. npm finds what another example has
 * installed, adds what is missing and removes what this one does not name.
 */
const prepare = async (name: string): Promise<string | undefined> => {
  const folder = join(scratch, name)
  const copied = await copy(name, folder)
  assert.is(copied.code, 0, copied.output)
  if (spare !== undefined && !isThorough(name)) renameSync(spare, join(folder, 'node_modules'))
  const installed = await install(folder)
  if (installed.code !== 0 && !isCi && unreachable.test(installed.output)) return undefined
  assert.is(installed.code, 0, installed.output)
  spare = join(folder, 'node_modules')
  return folder
}

const copies = suite('examples: copied out')

for (const name of names)
  copies(
    `${name} is installed${isThorough(name) ? ', compiles' : ''}, starts, answers and ends`,
    async () => {
      const folder = await prepare(name)
      if (folder === undefined) return console.log('skipped: the registry of npm cannot be reached')
      assert.equal(linksIn(join(folder, 'node_modules/@sluice')), [])
      if (isThorough(name)) {
        const types = await runProcess('npm', ['run', 'check'], { cwd: folder })
        assert.is(types.code, 0, types.output)
      }
      await tryOut(
        folder,
        isThorough(name) ? ['npm', 'start'] : startOf(folder),
        rightAnswerOf(name),
      )
    },
  )

/** What `npm start` runs, without npm, which takes longer than most examples. */
const startOf = (folder: string): readonly string[] => {
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return ['sh', '-c', `PATH=node_modules/.bin:$PATH; ${scripts.start}`]
}

/** What leads back to the repository. */
const linksIn = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => lstatSync(join(folder, name)).isSymbolicLink())

const tryOut = async (
  folder: string,
  [command = '', ...args]: readonly string[],
  { status, shows }: RightAnswer,
): Promise<void> => {
  const program = startProgram(command, args, { cwd: folder, env: { PORT: '0' } })
  const controller = new AbortController()
  try {
    const [, url = ''] = await program.printed(/curl .*(http:\S+)$/m)
    const response = await within(bound, fetch(url, { signal: controller.signal }))
    assert.is(response.status, status)
    assert.match(await within(bound, textUntil(response, shows)), shows)
  } finally {
    controller.abort()
    program.signal('SIGINT')
  }
  await program.exited()
}

copies('no package of ours is asked of a registry', () => {
  assert.equal(asked, [])
})

copies.after(() => {
  registry.close()
})
copies.run()

const refused = suite('build.mjs copy')

const full = join(scratch, 'full')
mkdirSync(full)
writeFileSync(join(full, 'mine.txt'), 'mine')

const refusals = [
  {
    name: 'an unknown name',
    args: ['chad', join(scratch, 'chad')],
    says: /wanted one of .*\bchat\b/,
  },
  { name: 'the showcase', args: ['showcase', join(scratch, 'all')], says: /wanted one of / },
  { name: 'a folder that is not empty', args: ['chat', full], says: /it is not empty/ },
  { name: 'a folder in the repository', args: ['chat', 'copied'], says: /inside the repository/ },
  {
    name: 'one below a folder of it that is not there',
    args: ['chat', 'no/copied'],
    says: /inside the repository/,
  },
  { name: 'the repository', args: ['chat', '.'], says: /inside the repository/ },
  { name: 'no folder', args: ['chat'], says: /^Usage: node build\.mjs copy NAME DIR\n$/ },
]

for (const { name, args, says } of refusals)
  refused(`${name} is refused, and nothing is written`, async () => {
    const { code, output } = await copy(...args)
    assert.is(code, 1)
    assert.match(output, says)
    for (const folder of ['chad', 'all', 'copied', 'no']) {
      assert.not.ok(existsSync(join(scratch, folder)))
      assert.not.ok(existsSync(folder))
    }
    assert.equal(readdirSync(full), ['mine.txt'])
  })

refused('what to type next is printed, for a folder relative to where it is typed', async () => {
  const build = join(process.cwd(), 'build.mjs')
  const { code, output } = await runProcess(process.execPath, [build, 'copy', 'upload', 'mine'], {
    cwd: scratch,
  })
  assert.is(code, 0, output)
  assert.match(output, /^ {2}cd mine\n {2}npm install && npm start$/m)
  const { dependencies } = JSON.parse(readFileSync(join(scratch, 'mine/package.json'), 'utf8'))
  for (const place of Object.values<string>(dependencies)) {
    assert.match(place, /^file:packages\/sluice-[a-z-]+-\d+\.\d+\.\d+\.tgz$/)
    assert.ok(existsSync(join(scratch, 'mine', place.slice('file:'.length))))
  }
})

refused.after(discard)
refused.run()
