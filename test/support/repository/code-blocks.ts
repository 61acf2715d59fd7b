import { readFileSync } from 'node:fs'

/** A file that a page shows for its programs: a js block whose first line is its name in a comment, `// count.js`. */
export interface ShownModule {
  readonly name: string
  readonly code: string
}

/** A ts block of a README or docstring, as a module of its own. */
export interface CodeBlock {
  /** The file and the line of the block's first line of code. */
  readonly where: string
  readonly code: string
  /** What it prints: the text block that follows it directly, if one does. */
  readonly prints?: string
}

const fence = /^```ts\n([\s\S]*?)^```$(?:\n+^```text\n([\s\S]*?)^```$)?/gm

const moduleFence = /^```js\n(\/\/ ([\w-]+\.js)\n[\s\S]*?)^```$/gm

const blocksIn = (text: string, file: string, linesBefore: number): readonly CodeBlock[] =>
  [...text.matchAll(fence)].map(({ index, 1: code = '', 2: prints }) => {
    const line = linesBefore + text.slice(0, index).split('\n').length + 1
    const where = `${file}:${line}`
    return { where, code, ...(prints === undefined ? {} : { prints }) }
  })

export const shownModules = (file: string): readonly ShownModule[] =>
  [...readFileSync(file, 'utf8').matchAll(moduleFence)].map(([, code = '', name = '']) => ({
    name,
    code,
  }))

const linesUpTo = (text: string, index: number): number =>
  text.slice(0, index).split('\n').length - 1

/** Takes the ts blocks out of a README: all of them, or those of one section. */
export const readmeBlocks = (file: string, section?: string): readonly CodeBlock[] => {
  const text = readFileSync(file, 'utf8')
  if (section === undefined) return blocksIn(text, file, 0)
  const start = text.search(new RegExp(`^## ${section}$`, 'm'))
  if (start === -1) return []
  const next = text.slice(start + 1).search(/^## /m)
  const end = next === -1 ? text.length : start + 1 + next
  return blocksIn(text.slice(start, end), file, linesUpTo(text, start))
}

/**
 * Takes the code of each `@example` out of a source file's docstrings.
 *
 * It goes on to the next tag or the end: all of it is code, as JSDoc has it, or its ts blocks are.
 */
export const exampleBlocks = (file: string): readonly CodeBlock[] => {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(({ 0: comment, index }) => {
    const plain = comment.replace(/^[ \t]*\*(?!\/) ?/gm, '')
    const examples = [...plain.matchAll(/^@example\b(.*\n[\s\S]*?)(?=^@\w|^[ \t]*\*\/)/gm)]
    return examples.flatMap((example) => {
      const [, body = ''] = example
      const line = linesUpTo(text, index) + linesUpTo(plain, example.index)
      if (body.includes('```')) return blocksIn(body, file, line)
      const [title = ''] = body.split('\n')
      return [{ where: `${file}:${line + 2}`, code: body.slice(title.length + 1) }]
    })
  })
}
