import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { scratchFolder } from '../runner/scratch-folder.mjs'
import { startProgram } from './running-program.ts'
import type { RunningProgram } from './running-program.ts'

export interface CopiedExample {
  readonly folder: string
  /** Runs one of the scripts of its package.json on a free port. */
  start(script: string): RunningProgram
  readonly discard: () => void
}

export interface CopyOptions {
  /** A folder of packages beside that of the repository. */
  readonly modules: string
  /** Text of files that take the place of the example's own. */
  readonly files: Readonly<Record<string, string>>
  /** Programs that the scripts call by name; without a path they are looked for as any other. */
  readonly programs: Readonly<Record<string, string | undefined>>
}

/** Copies an example out of the repository, with links to the packages that it names instead of an installation. */
export const copyExample = (
  name: string,
  { modules, files, programs }: CopyOptions,
): CopiedExample => {
  const { folder, discard } = scratchFolder(tmpdir(), `sluice-${name}-`)
  const filter = (path: string) => !path.includes('node_modules')
  cpSync(join('examples', name), folder, { recursive: true, filter })
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  const linked = join(folder, 'node_modules')
  for (const each of ['node_modules', modules]) linkPackages(each, linked)
  for (const [program, path] of Object.entries(programs))
    if (path !== undefined) symlinkSync(resolve(path), join(linked, '.bin', program))
  const start = (script: string) =>
    startProgram('npm', ['run', script], { cwd: folder, env: { PORT: '0' } })
  return { folder, start, discard }
}

/** Links each package, and each program in `.bin`, that is not there. */
const linkPackages = (from: string, into: string): void => {
  for (const name of packagesIn(from)) {
    const link = join(into, name)
    mkdirSync(dirname(link), { recursive: true })
    try {
      symlinkSync(resolve(from, name), link)
    } catch {
      // The repository's own comes first.
    }
  }
}

/** `hono`, `@sluice/body`, `.bin/tsx`. */
const packagesIn = (folder: string): readonly string[] =>
  readdirSync(folder).flatMap((name) => {
    if (name.startsWith('@') || name === '.bin')
      return readdirSync(join(folder, name)).map((inner) => `${name}/${inner}`)
    return name.startsWith('.') ? [] : [name]
  })
