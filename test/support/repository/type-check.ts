import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { runProcess } from '../runner/run-process.mjs'

/**
 * Type-checks files in a folder under node_modules as this repository's own, in one run.
 *
 * @param options Compiler options that are to be others than this repository's.
 * @returns The compiler's complaints by file name, and what it says of no file under the empty name.
 */
export const typeCheck = async (
  folder: string,
  files: readonly string[],
  options: Readonly<Record<string, unknown>> = {},
): Promise<ReadonlyMap<string, string>> => {
  const config = {
    extends: relative(folder, 'tsconfig.json'),
    compilerOptions: { isolatedDeclarations: false, declaration: false, ...options },
    files,
    include: [],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const tsc = ['node_modules/typescript/bin/tsc', '-p', folder, '--pretty', 'false']
  const { code, output } = await runProcess(process.execPath, tsc)
  const complaints = new Map<string, string>()
  let name = ''
  for (const line of code === 0 ? [] : output.trimEnd().split('\n')) {
    // Indented lines go on with the complaint before them.
    if (!line.startsWith(' '))
      name = files.find((file) => line.startsWith(`${join(folder, file)}(`)) ?? ''
    complaints.set(name, `${complaints.get(name) ?? ''}${line}\n`)
  }
  return complaints
}
