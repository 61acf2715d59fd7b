/** How an open page is written. */
export interface View {
  readonly type: string
  /** What is there at once. */
  readonly begin: string
  line(words: string): string
}

const text: View = { type: 'text/plain', begin: 'Listening.\n', line: (words) => `${words}\n` }

/** For browsers, without a script: the form posts into a frame that is hidden, and the page goes on. */
const html: View = {
  type: 'text/html',
  begin: `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Push</title>
<style>body { font: 1rem/1.5 system-ui; margin: 1rem } h1 { margin: 0; font-size: 1.25rem } input { font: inherit; max-width: 50% } p { margin: 0 }</style>
<main><h1>What anybody posts</h1>
<form method="post" target="answer"><label>Words <input name="words" required></label> <button>Post</button></form>
<iframe name="answer" title="The answer to a post" hidden></iframe>
<div role="log" aria-label="Posted"><p>Listening.</p>
`,
  line: (words) => `<p>${escapeHtml(words)}</p>\n`,
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** As HTML if the client prefers that: a browser does, curl takes text. */
export const viewFor = (accept = ''): View => (accept.includes('text/html') ? html : text)
