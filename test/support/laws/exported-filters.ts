import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript5'
import { listPackages } from '../runner/packages.mjs'

const parse = (file: string): ts.SourceFile =>
  ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true)

/** The values that an entry exports, with the files that they come from; types left out. */
const exportedFrom = (entry: string): readonly { readonly name: string; readonly file: string }[] =>
  parse(entry).statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || statement.isTypeOnly) return []
    const { exportClause, moduleSpecifier } = statement
    if (exportClause === undefined || !ts.isNamedExports(exportClause)) return []
    if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return []
    // What another package exports is looked for there.
    if (!moduleSpecifier.text.startsWith('.')) return []
    const file = join(dirname(entry), moduleSpecifier.text)
    return exportClause.elements
      .filter((element) => !element.isTypeOnly)
      .map((element) => ({ name: element.name.text, file }))
  })

/** A declaration's types as they are written: isolatedDeclarations has them all there. */
const typesOf = (file: string, name: string): readonly string[] =>
  parse(file).statements.flatMap((statement) => {
    if (ts.isFunctionDeclaration(statement) && statement.name?.text === name)
      return signatureOf(statement)
    if (!ts.isVariableStatement(statement)) return []
    const [found] = statement.declarationList.declarations.filter(
      (each) => each.name.getText() === name,
    )
    if (found?.type !== undefined) return [found.type.getText()]
    const { initializer } = found ?? {}
    return initializer !== undefined && ts.isArrowFunction(initializer)
      ? signatureOf(initializer)
      : []
  })

/** `(Body<F>) => Body<F>`: parameters without their names, and the result. */
const signatureOf = ({ parameters, type }: ts.SignatureDeclaration): readonly string[] => {
  const taken = parameters.map((parameter) => parameter.type?.getText() ?? '')
  return [`(${taken.join(', ')}) => ${type?.getText() ?? ''}`]
}

/** A filter, what makes one, a middleware on bodies, or a function from a body to a body. */
const filterType =
  /\b(Frame)?Filter\b|\bBodyFilter\b|\bMiddleware\b|\bPassingMiddleware\b|\(.*Body(<|Input).*\) => .*(Body|Spooled|Shared)</s

/** Every export through which a body passes, as `package: name`, by the types that are written in the source. */
export const exportedFilters = (): readonly string[] =>
  listPackages().flatMap(({ name: folder, entries }) =>
    entries
      .flatMap((entry: string) => exportedFrom(join('packages', folder, entry)))
      .filter(({ name, file }) => typesOf(file, name).some((type) => filterType.test(type)))
      .map(({ name }) => `${folder}: ${name}`),
  )
