import { readFileSync } from 'node:fs'

/** A statement of a README that mounts something in a host. */
export interface CopiedLine {
  /** The comment over it, and over others perhaps; empty if its block has none. */
  readonly under: string
  readonly code: string
}

/** The statements of the js blocks of a README. */
export const copiedLines = (readme: string): readonly CopiedLine[] =>
  [...readFileSync(readme, 'utf8').matchAll(/^```js\n([\s\S]*?)^```$/gm)].flatMap(
    ([, block = '']) => statementsOf(block),
  )

const statementsOf = (block: string): readonly CopiedLine[] => {
  const statements: CopiedLine[] = []
  let under = ''
  for (const code of block.split(beforeStatement)) {
    const comment = /^\/\/ (.*)\n/.exec(code)?.[1]
    if (comment === undefined) statements.push({ under, code })
    else under = comment
  }
  return statements
}

/** A line that is not indented and closes nothing. */
const beforeStatement = /^(?=[^\s)}\]])/m
