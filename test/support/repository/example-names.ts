import { readdirSync } from 'node:fs'

/** The folders of `examples/`. The pages beside them, such as README.md, are none. */
export const exampleNames = (): readonly string[] =>
  readdirSync('examples', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
