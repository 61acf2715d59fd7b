// What users read our declarations with: their compilers, how these find a module, and which platform's types they have.
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { runProcess } from '../runner/run-process.mjs'
import { importsReachedFrom } from './source-file.ts'

export interface Compiler {
  readonly compiler: string
  /** The folder in node_modules. */
  readonly module: string
  /** Whether it has an API, by which one process checks several programs. */
  readonly hasApi: boolean
}

export const compilers: readonly Compiler[] = [
  { compiler: 'TypeScript 5.4', module: 'typescript54', hasApi: true },
  { compiler: 'TypeScript 5.9', module: 'typescript5', hasApi: true },
  { compiler: 'TypeScript 7', module: 'typescript', hasApi: false },
]

export interface Resolution {
  readonly resolution: string
  readonly options: { readonly module: string; readonly moduleResolution: string }
}

export const resolutions: readonly Resolution[] = [
  { resolution: 'node16', options: { module: 'node16', moduleResolution: 'node16' } },
  { resolution: 'bundler', options: { module: 'esnext', moduleResolution: 'bundler' } },
]

export interface Platform {
  readonly platform: string
  readonly hasNode: boolean
  readonly options: { readonly lib: readonly string[]; readonly types: readonly string[] }
}

const dom = ['dom', 'dom.iterable', 'dom.asynciterable']
const node = { types: ['node'], typeRoots: [resolve('node_modules/@types')] }

export const platforms: readonly Platform[] = [
  { platform: 'the types of Node', hasNode: true, options: { lib: ['es2023'], ...node } },
  {
    platform: 'the types of Node and the web',
    hasNode: true,
    options: { lib: ['es2023', ...dom], ...node },
  },
  {
    platform: 'the types of the web',
    hasNode: false,
    options: { lib: ['es2023', ...dom], types: [] },
  },
]

/** Says whether the declarations of an entry, `@sluice/body/engine`, may need the types of Node. */
export const isOnNode = (name: string): boolean => {
  const [, folder = '', ...path] = name.split('/')
  const reached = importsReachedFrom(['packages', folder, 'src', ...path, 'index.ts'].join('/'))
  return [...reached.values()].flat().some((from) => from.startsWith('node:'))
}

/** Files that are compiled together, with options beside those of a strict project. */
export interface Program {
  readonly files: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
}

const strict = {
  target: 'es2022',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  noEmit: true,
}

/**
 * Type-checks programs as a user does: what they import of ours is found in dist, by the exports of its package.
 *
 * @param folder Where the files are, and where configurations may be written.
 * @returns The compiler's complaints, a list for each program.
 */
export const complaintsOf = async (
  { module, hasApi }: Compiler,
  folder: string,
  programs: readonly Program[],
): Promise<readonly (readonly string[])[]> => {
  const all = programs.map(({ files, options }) => ({ files, options: { ...strict, ...options } }))
  if (!hasApi) return Promise.all(all.map((each, index) => compile(module, folder, index, each)))
  const list = join(folder, 'programs.json')
  const paths = ({ files, options }: Program) => ({
    files: files.map((file) => join(folder, file)),
    options,
  })
  writeFileSync(list, JSON.stringify(all.map(paths)))
  const args = ['test/support/repository/check-programs.mjs', module, list]
  const { code, output } = await runProcess(process.execPath, args)
  if (code !== 0) throw new Error(`Cannot check with ${module}: ${output}`)
  return JSON.parse(output)
}

const compile = async (
  module: string,
  folder: string,
  index: number,
  { files, options }: Program,
): Promise<readonly string[]> => {
  const config = join(folder, `tsconfig-${index}.json`)
  writeFileSync(config, JSON.stringify({ compilerOptions: options, files }))
  const args = [`node_modules/${module}/bin/tsc`, '-p', config, '--pretty', 'false']
  const { code, output } = await runProcess(process.execPath, args)
  // Indented lines go on with the complaint before them.
  return code === 0 ? [] : output.trimEnd().split(/\n(?! )/)
}
