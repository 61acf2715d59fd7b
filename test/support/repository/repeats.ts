// TypeScript 7 has no API to parse with.
import ts from 'typescript5'

/** A source file of a package, as text: tests plant their own. */
export interface PackageSource {
  /** From the top of the repository: `packages/body/src/index.ts`. */
  readonly path: string
  readonly text: string
}

/** A function, a class or a constant at the top level of a file. */
interface Declared {
  readonly name: string
  readonly path: string
  /** What it is, without comments, spaces and its name. */
  readonly meaning: string
  readonly exported: boolean
}

/** Makes something of a source once, since each file is looked at many times. */
const onceFor = <T>(make: (source: PackageSource) => T): ((source: PackageSource) => T) => {
  const made = new WeakMap<PackageSource, { readonly value: T }>()
  return (source) => {
    const found = made.get(source) ?? { value: make(source) }
    made.set(source, found)
    return found.value
  }
}

const printer = ts.createPrinter({ removeComments: true })

const parsed = onceFor(({ path, text }) =>
  ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true),
)

const printed = onceFor((source) => printer.printFile(parsed(source)))

/** The code of a node without comments and white space. */
const codeOf = (node: ts.Node): string => {
  const code = printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile())
  return code.replace(/\s+/g, '')
}

const isExported = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) &&
  (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)

const declaredIn = onceFor((source): readonly Declared[] => {
  const { path } = source
  return parsed(source).statements.flatMap((node): Declared[] => {
    const exported = isExported(node)
    if (ts.isVariableStatement(node))
      return node.declarationList.declarations.flatMap(({ name, initializer }) =>
        initializer === undefined
          ? []
          : [{ name: name.getText(), path, meaning: codeOf(initializer), exported }],
      )
    const isNamed = ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)
    if (!isNamed || node.name === undefined) return []
    const name = node.name.text
    return [{ name, path, meaning: codeOf(node).replace(name, ''), exported }]
  })
})

const packageOf = (path: string): string => path.split('/')[1] ?? ''

/** Groups of at least two packages that have something in common, as `what: path, path`. */
const inSeveralPackages = (
  declared: readonly Declared[],
  keyOf: (each: Declared) => string,
  whatOf: (each: Declared) => string,
): readonly string[] => {
  const groups = new Map<string, Declared[]>()
  for (const each of declared) {
    const key = keyOf(each)
    groups.set(key, [...(groups.get(key) ?? []), each])
  }
  return [...groups.values()]
    .filter((group) => new Set(group.map(({ path }) => packageOf(path))).size > 1)
    .map((group) => `${group.map(whatOf)[0]}: ${group.map(({ path }) => path).join(', ')}`)
}

/** Shorter meanings are numbers and short texts, which may be the same by chance. */
const longEnough = 14

/** A call with one name, such as `errorsOf(statuses)`: what that stands for is in the file. */
const callWithName = /^[\w.]+\(\w+\)$/

/** Finds functions, classes and constants that mean the same in two packages, whatever their names. */
export const sameMeanings = (sources: readonly PackageSource[]): readonly string[] =>
  inSeveralPackages(
    sources
      .flatMap(declaredIn)
      .filter(({ meaning }) => meaning.length >= longEnough && !callWithName.test(meaning)),
    ({ meaning }) => meaning,
    ({ name }) => name,
  )

/** Finds names that two packages export. */
export const sameExports = (sources: readonly PackageSource[]): readonly string[] =>
  inSeveralPackages(
    sources.flatMap(declaredIn).filter(({ exported }) => exported),
    ({ name }) => name,
    ({ name }) => name,
  )

/** Finds what other packages declare under a name that `@sluice/body` has for them. */
export const takenNames = (
  sources: readonly PackageSource[],
  shared: ReadonlySet<string>,
): readonly string[] =>
  sources
    .filter(({ path }) => packageOf(path) !== 'body')
    .flatMap(declaredIn)
    .filter(({ name }) => shared.has(name))
    .map(({ name, path }) => `${name}: ${path}`)

/** The names that an `index.ts` exports. */
export const namesListedIn = (index: PackageSource): ReadonlySet<string> => {
  const names = new Set<string>()
  for (const node of parsed(index).statements)
    if (ts.isExportDeclaration(node) && node.exportClause && ts.isNamedExports(node.exportClause))
      for (const { name, isTypeOnly } of node.exportClause.elements)
        if (!isTypeOnly && !node.isTypeOnly) names.add(name.text)
  return names
}

/** Finds the files whose code, without comments, has something that a pattern matches. */
export const filesWith = (sources: readonly PackageSource[], pattern: RegExp): readonly string[] =>
  sources.filter((source) => pattern.test(printed(source))).map(({ path }) => path)
