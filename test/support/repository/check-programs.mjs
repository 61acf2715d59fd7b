// node check-programs.mjs COMPILER FILE: type-checks the programs of a JSON file, [{ files, options }], in one process with a
// compiler that has an API, and prints what it complains of in each as JSON.
// A file that several programs have is read and parsed once: most of them are the platform's declarations.
import { readFileSync } from 'node:fs'

const [compiler, list] = process.argv.slice(2)
const { default: ts } = await import(compiler)

const parsed = new Map()

/** Two programs share a file if it is the same module to both. */
const shareFiles = (host) => {
  const parse = host.getSourceFile
  host.getSourceFile = (name, version, ...more) => {
    const key = `${name} ${version.languageVersion} ${version.impliedNodeFormat}`
    if (!parsed.has(key)) parsed.set(key, parse(name, version, ...more))
    return parsed.get(key)
  }
  return host
}

const textOf = ({ file, start, messageText }) => {
  const text = ts.flattenDiagnosticMessageText(messageText, '\n')
  return file === undefined
    ? text
    : `${file.fileName}:${file.getLineAndCharacterOfPosition(start).line + 1} ${text}`
}

const check = ({ files, options: json }) => {
  const { options, errors } = ts.convertCompilerOptionsFromJson(json, process.cwd())
  const host = shareFiles(ts.createCompilerHost(options))
  const program = ts.createProgram(files, options, host)
  return [...errors, ...ts.getPreEmitDiagnostics(program)].map(textOf)
}

console.log(JSON.stringify(JSON.parse(readFileSync(list, 'utf8')).map(check)))
