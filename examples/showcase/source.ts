// Statements taken out of source files by their names, so that what the page shows is what runs.
import { readFileSync } from 'node:fs'

/**
 * The statements that declare the names, without the comments above them.
 *
 * Source is formatted: a statement goes on while lines are indented more than its first, or begin with a bracket that closes.
 *
 * @throws {Error} If the file declares no such name.
 */
export const statementsOf = (file: URL, names: readonly string[]): string => {
  const lines = readFileSync(file, 'utf8').split('\n')
  return names
    .map((name) => {
      const at = lines.findIndex((line) => declares(line, name))
      if (at === -1) throw new Error(`Cannot show ${name}: ${file.pathname} does not declare it`)
      return statementAt(lines, at)
    })
    .join('\n\n')
}

/** A name with a dot is a call: `app.get`. */
const declares = (line: string, name: string): boolean =>
  name.includes('.')
    ? line.trimStart().startsWith(`${name}(`)
    : new RegExp(`^ *(export )?((async )?function\\*?|const|class|interface|type) ${name}\\b`).test(
        line,
      )

const statementAt = (lines: readonly string[], at: number): string => {
  const indent = /^ */.exec(lines[at] ?? '')?.[0] ?? ''
  const continues = (line: string): boolean =>
    line === '' || (line.startsWith(indent) && /^[ )}\]]/.test(line.slice(indent.length)))
  let to = at + 1
  while (to < lines.length && continues(lines[to] ?? '')) to++
  const statement = lines.slice(at, to).map((line) => line.slice(indent.length))
  return statement.join('\n').trimEnd()
}

const keywords =
  'async|await|break|case|catch|class|const|continue|else|export|finally|for|function|if|let|new|of|return|switch|throw|try|while|yield'

/** Comments, strings and words of the language, in this order: the first that matches at a place is what stands there. */
const parts = new RegExp(
  [
    String.raw`(?<comment>\/\/.*|\/\*[^]*?\*\/)`,
    String.raw`(?<string>'(?:\\.|[^'\\\n])*'|\`(?:\\.|[^\`\\])*\`)`,
    String.raw`(?<![.\w])(?<word>${keywords})\b`,
  ].join('|'),
  'g',
)

/** Source as HTML: an element for each line, in which comments, strings and words of the language are `c`, `s` and `k`. */
export const colour = (source: string): string => {
  let html = ''
  let passed = 0
  for (const { index, 0: part, groups } of source.matchAll(parts)) {
    const name = groups?.comment !== undefined ? 'c' : groups?.string !== undefined ? 's' : 'k'
    // A comment of several lines is closed at each line's end.
    const lines = part.split('\n').map((line) => `<i class="${name}">${escapeHtml(line)}</i>`)
    html += escapeHtml(source.slice(passed, index)) + lines.join('\n')
    passed = index + part.length
  }
  html += escapeHtml(source.slice(passed))
  return html.replaceAll(/^.*$/gm, '<span>$&</span>').replaceAll('\n', '')
}

export const escapeHtml = (content: string): string =>
  content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
