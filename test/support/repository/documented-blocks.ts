import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { listPackages } from '../runner/packages.mjs'
import { exampleBlocks, readmeBlocks } from './code-blocks.ts'
import { sourceFilesUnder } from './source-file.ts'
import type { CodeBlock } from './code-blocks.ts'

/** Pages whose every block is a program; of a package's README only those under `## Use` are. */
export const wholePages: readonly string[] = [
  'README.md',
  'examples/MIGRATING.md',
  'packages/stack/ERRORS.md',
  'packages/blocking/FUNCTIONS.md',
  'packages/fetch/FETCH-APPLICATIONS.md',
  'packages/compress/MIGRATING.md',
  'packages/blocking/CGI.md',
  'packages/hub/PRODUCE.md',
  'packages/hub/TOPICS.md',
  'packages/sse/RESUME.md',
]

/** The pages that show code: those, and the README of each package. */
export const readmes = (): readonly string[] => [
  ...wholePages,
  ...listPackages().map(({ folder }) => join(folder, 'README.md')),
]

/** Takes every ts block out of the READMEs and docstrings. */
export const documentedBlocks = (): readonly CodeBlock[] => [
  ...readmes()
    .filter((file) => existsSync(file))
    .flatMap((file) => readmeBlocks(file)),
  ...listPackages()
    .flatMap(({ folder }) => sourceFilesUnder(join(folder, 'src')))
    .flatMap(exampleBlocks),
]

/** The name of a block as a module of its own. */
export const blockFile = (where: string): string => `${where.replaceAll(/[/:]/g, '-')}.mts`
