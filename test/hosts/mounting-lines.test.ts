// @slow 10
// @installs test/hosts test/hosts/runtimes
// The lines of the READMEs that mount a handler or a middleware in a host: each is copied into an app of that host, and the page it
// mounts must stream.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { scratchFolder } from '../support/runner/scratch-folder.mjs'
import { within } from '../support/within.ts'
import { copiedLines } from './mounting/copied-lines.ts'
import { fetchApps } from './mounting/fetch-apps.ts'
import { nodeApps } from './mounting/node-apps.ts'
import { runHost } from './support/run-host.ts'
import { runtimePath } from './support/runtime-path.ts'
import type { CopiedLine } from './mounting/copied-lines.ts'
import type { MountingApp } from './mounting/mounting-app.ts'

const apps = [...nodeApps, ...fetchApps]
const readmes = [...new Set(apps.map(({ readme }) => readme))]
const linesOf = new Map(readmes.map((readme) => [readme, copiedLines(readme)]))

// Where the names of frameworks resolve.
const { folder } = scratchFolder('test/hosts/node_modules/.cache', 'mounting-')

let files = 0

const isOf =
  ({ under, lines }: MountingApp) =>
  (line: CopiedLine): boolean =>
    line.under === under && lines.some((begin) => line.code.startsWith(begin))

/** Writes the app with the lines in its gap. */
const write = (app: MountingApp): string => {
  const copied = (linesOf.get(app.readme) ?? []).filter(isOf(app))
  assert.is(copied.length, app.lines.length, `${app.readme} has ${app.lines.join(' and ')}`)
  const lines = copied.map(({ code }) => code).join('')
  const path = join(folder, `${++files}.mjs`)
  const here = join(process.cwd(), 'test/hosts')
  const before = app.before
    .replaceAll("'mounting/", `'${here}/mounting/`)
    .replaceAll("'support/", `'${here}/programs/support/`)
    .replaceAll("'itself'", `'./${files}.mjs'`)
  writeFileSync(path, `${before}\n${lines}\n${app.after}\n`)
  return path
}

/** Asks for the page, and lets it go on when its beginning is there. */
const streams = async (port: number, { path = '/page', coding }: MountingApp): Promise<void> => {
  const url = `http://127.0.0.1:${port}${path}`
  const response = await fetch(url, { headers: { 'accept-encoding': 'gzip' } })
  assert.is(response.status, 200)
  assert.is(response.headers.get('content-encoding') ?? undefined, coding)
  let text = ''
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part
    if (text === 'first,') assert.is(await (await fetch(`${url}?go`)).text(), 'going')
  }
  assert.is(text, 'first,rest.')
}

const isHere = ({ runtime }: MountingApp) =>
  runtime === 'node' || runtimePath(runtime) !== undefined

const mounting = suite('mounting lines of READMEs')

for (const app of apps) {
  const title = `${app.readme}, ${app.lines.join(' and ')}: a page streams in ${app.name}`
  if (!isHere(app)) {
    console.log(`skipped: ${title}: ${app.runtime} is installed only in CI and with --all`)
    mounting.skip(title, () => {})
  } else
    mounting(title, async () => {
      const host = await runHost(app, write(app))
      try {
        await within(30_000, streams(host.port, app))
      } finally {
        await host.stop()
      }
    })
}

for (const [readme, lines] of linesOf)
  mounting(`${readme}: every line that mounts is tried`, () => {
    const tried = apps.filter((app) => app.readme === readme)
    const untried = lines.filter((line) => !tried.some((app) => isOf(app)(line)))
    assert.equal(untried, [])
  })

mounting.run()
