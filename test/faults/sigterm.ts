import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { scratchFolder } from '../support/runner/scratch-folder.mjs'
import { askForIds } from './support/id-client.ts'
import { msUntil } from './support/measure.ts'
import { isInstalled, runProgram } from './support/programs.ts'
import { met, skipped } from './support/row.ts'
import type { Lab, Mark, Measured, Row, Which } from './support/row.ts'

/** Asks for an id of its own each time, and writes down those that come back. */
const wrkScript = `
local threads = 0
local asked = 0
local file
function setup(thread)
  threads = threads + 1
  thread:set('name', 'wrk-' .. threads)
end
function init(args)
  file = io.open(args[1] .. '/' .. name .. '.answered', 'w')
end
function request()
  asked = asked + 1
  return wrk.format('GET', '/id?id=' .. name .. '-' .. asked .. ';')
end
function response(status, headers, body)
  file:write(body, '\\n')
end
`

/** Puts a load on a port until its server has gone; gives the ids that came back. */
type LoadIds = (port: number, folder: string) => Promise<ReadonlySet<string>>

const linesOf = (file: string) => readFileSync(file, 'latin1').split('\n')

const byWrk: LoadIds = async (port, folder) => {
  const script = join(folder, 'ids.lua')
  writeFileSync(script, wrkScript)
  const url = `http://127.0.0.1:${port}/`
  await runProgram('wrk', ['-t2', '-c32', '-d3s', '-s', script, url, '--', folder])
  const files = readdirSync(folder).filter((name) => name.endsWith('.answered'))
  return new Set(files.flatMap((name) => linesOf(join(folder, name))))
}

const byPipelines: LoadIds = async (port) => {
  const answered = new Set<string>()
  const names = Array.from({ length: 16 }, (_, i) => `pipeline-${i}`)
  await Promise.all(names.map((name) => askForIds(port, { name, ahead: 8, answered })))
  return answered
}

const dropped = async (lab: Lab, which: Which, load: LoadIds): Promise<Measured> => {
  const { folder, discard } = scratchFolder(tmpdir(), 'sluice-faults-')
  try {
    const idLog = join(folder, 'read')
    const server = await lab.start(which, { idLog })
    const loading = load(server.port, folder)
    await sleep(1500)
    server.signal('SIGTERM')
    const answered = await loading
    const exit = await msUntil(10_000, () => !server.isAlive)
    if (exit === undefined) return met(false, 'did not exit')
    const read = linesOf(idLog)
    const lost = read.filter((id) => !answered.has(id)).length
    return met(lost === 0 && read.length > 100, `${lost} of ${read.length}`)
  } finally {
    discard()
  }
}

/** No request that reached the handler is without its answer at the client, whatever comes with it. */
export const sigterm: Row = {
  name: 'sigterm',
  async run(lab): Promise<readonly Mark[]> {
    const none = skipped('wrk is not installed')
    const hasWrk = isInstalled('wrk')
    return [
      {
        title: 'SIGTERM under load from wrk: dropped',
        wanted: '0 of those read',
        sluice: hasWrk ? await dropped(lab, 'sluice', byWrk) : none,
        node: hasWrk ? await dropped(lab, 'node', byWrk) : none,
      },
      {
        title: 'the same, 16 clients with 8 requests ahead',
        wanted: '0 of those read',
        sluice: await dropped(lab, 'sluice', byPipelines),
        node: await dropped(lab, 'node', byPipelines),
      },
    ]
  },
}
