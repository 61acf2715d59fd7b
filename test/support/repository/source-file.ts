import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
// TypeScript 7 has no API to parse with; this one is here anyway, to try our declarations on.
import ts from 'typescript5'

/** Lists the TypeScript files under a folder, from the top of the repository. */
export const sourceFilesUnder = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()

/** The package an import names: `@sluice/server/http1` is `@sluice/server`. */
export const packageNamed = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')

/** Lists what a file imports, types too, as it is written there. Comments are not read. */
export const importsOf = (file: string): readonly string[] =>
  ts
    .preProcessFile(readFileSync(file, 'utf8'), true, true)
    .importedFiles.map((each) => each.fileName)

/** Lists what a file imports, and what the files of its own package that it imports do. */
export const importsReachedFrom = (entry: string): ReadonlyMap<string, readonly string[]> => {
  const reached = new Map<string, readonly string[]>()
  const visit = (file: string): void => {
    if (reached.has(file)) return
    const imports = importsOf(file)
    reached.set(file, imports)
    for (const name of imports) if (name.startsWith('.')) visit(join(dirname(file), name))
  }
  visit(entry)
  return reached
}

export interface Finding {
  readonly what: string
  readonly where: string
}

const describe = (node: ts.Node): string | undefined => {
  if (ts.isNonNullExpression(node)) return 'a non-null !'
  if (ts.isTypeAssertionExpression(node)) return 'a cast'
  if (ts.isAsExpression(node) && !ts.isConstTypeReference(node.type)) return 'a cast'
  if (node.kind === ts.SyntaxKind.AnyKeyword) return 'any'
  if (node.kind === ts.SyntaxKind.InstanceOfKeyword) return 'instanceof'
  return undefined
}

const parse = (file: string): ts.SourceFile =>
  ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true)

const visitAll = (node: ts.Node, look: (node: ts.Node) => void): void => {
  look(node)
  ts.forEachChild(node, (child) => visitAll(child, look))
}

/** Finds any, non-null `!`, casts other than `as const`, and `instanceof` outside a line of error handling. */
export const looseTypesIn = (file: string): readonly Finding[] => {
  const source = parse(file)
  const lines = source.text.split('\n')
  const found: Finding[] = []
  visitAll(source, (node) => {
    const what = describe(node)
    if (what === undefined) return
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
    if (what === 'instanceof' && lines[line]?.includes('// error handling')) return
    found.push({ what, where: `${file}:${line + 1}` })
  })
  return found
}

/** Finds the suites of a test file that are made and not run: such a file passes, whatever it holds. */
export const suitesNeverRun = (file: string): readonly string[] => {
  const made: string[] = []
  const ran = new Set<string>()
  visitAll(parse(file), (node) => {
    if (!ts.isCallExpression(node)) return
    const called = node.expression
    if (ts.isIdentifier(called) && called.text === 'suite')
      made.push(ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : node.getText())
    if (ts.isPropertyAccessExpression(called) && called.name.text === 'run')
      ran.add(called.expression.getText())
  })
  return made.filter((name) => !ran.has(name))
}

/** A time in a unit that no limit and no default has: it was measured. */
const measuredTime = /\d ?(?:ns|us|µs)\b/

/** Finds the measured times in the comments of a file. */
export const measuredTimesIn = (file: string): readonly Finding[] => {
  const source = parse(file)
  const found: Finding[] = []
  const visitTokens = (node: ts.Node): void => {
    const children = node.getChildren(source)
    for (const child of children) visitTokens(child)
    if (children.length > 0) return
    // Comments stand between the end of a token and the start of the next.
    const between = source.text.slice(node.getFullStart(), node.getStart(source))
    for (const [index, line] of between.split('\n').entries()) {
      const [what] = line.match(measuredTime) ?? []
      const first = source.getLineAndCharacterOfPosition(node.getFullStart()).line
      if (what !== undefined) found.push({ what, where: `${file}:${first + index + 1}` })
    }
  }
  visitTokens(source)
  return found
}
