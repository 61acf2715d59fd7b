// What is shown of a command: a page, or text. What came on stderr is marked, and not by its colour alone.

export interface View {
  readonly type: string
  readonly list: (path: string, names: readonly string[]) => string
  readonly begin: (path: string, name: string) => string
  /** Whole lines. */
  readonly stdout: (lines: string) => string
  readonly stderr: (lines: string) => string
  readonly end: (words: string) => string
}

const marked = (lines: string): string => lines.replaceAll(/^(?=.)/gm, '! ')

export const asText: View = {
  type: 'text/plain',
  list: (path, names) => names.map((name) => `${path}/${name}\n`).join(''),
  begin: () => '',
  stdout: (lines) => lines,
  stderr: marked,
  end: (words) => `[${words}]\n`,
}

const head = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Commands</title><style>
body{font:1rem/1.5 system-ui,sans-serif;margin:1rem;max-width:40rem}h1{font-size:1.25rem}a{color:inherit}
#output{height:9rem;overflow:auto;display:flex;flex-direction:column-reverse;padding:.5rem;
border:1px solid color-mix(in srgb,CanvasText 30%,Canvas)}pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
em{font-style:normal;font-weight:bold}
</style><main><h1>Commands</h1>
`

export const asPage: View = {
  type: 'text/html',
  list: (path, names) => {
    const links = names.map((name) => `<a href="${path}/${name}">${name}</a>`)
    return `${head}<p>Run ${links.join(', ')}.</p></main></html>\n`
  },
  begin: (path, name) =>
    `${head}<p>This is ${name}. <a href="${path}">Run another.</a></p>
<div id="output" role="log" aria-label="Output of ${name}" tabindex="0"><pre>`,
  stdout: (lines) => escapeHtml(lines),
  stderr: (lines) => `<em>${escapeHtml(marked(lines))}</em>`,
  end: (words) => `</pre></div><p><b>${escapeHtml(words)}</b></p></main></html>\n`,
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
