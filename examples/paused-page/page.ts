/** How the page is written. */
export interface View {
  readonly type: string
  /** What is there at once: how to resume the page. */
  waiting(path: string): string
  line(words: string): string
  /** Sent while the page pauses: it shows little, or nothing. */
  readonly beat: string
}

const textFor = (host: string): View => ({
  type: 'text/plain',
  waiting: (path) => `It goes on after: curl -d 'hello' http://${host}${path}\n`,
  line: (words) => `${words}\n`,
  beat: '.',
})

/** For browsers, without a script: the form posts into a frame that is hidden, and goes once the page has gone on. */
const html: View = {
  type: 'text/html',
  waiting: (
    path,
  ) => `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Pause</title>
<style>body { font: 1rem/1.5 system-ui; margin: 1rem } h1 { margin: 0; font-size: 1.25rem } input { font: inherit; max-width: 50% } form:has(~ p) { display: none }</style>
<main><h1>A page that pauses</h1>
<div role="log" aria-label="The page"><form method="post" action="${path}" target="answer">
<label>Words <input name="words" required></label> <button>Go on</button></form>
<iframe name="answer" title="The answer to the form" hidden></iframe>
`,
  line: (words) => `<p>${escapeHtml(words)}</p>\n`,
  beat: '\n',
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** As HTML if the client prefers that: a browser does, curl takes text. */
export const viewFor = (accept = '', host = 'localhost'): View =>
  accept.includes('text/html') ? html : textFor(host)
