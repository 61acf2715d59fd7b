// What is shown of a session: a page, or text. The page needs no script.

export interface View {
  readonly type: string
  readonly begin: (path: string) => string
  readonly line: (line: string) => string
  readonly end: (words: string) => string
}

export const asText: View = {
  type: 'text/plain',
  begin: (path) => `Say something by a POST of line=… to ${path}\n`,
  line: (line) => `${line}\n`,
  end: (words) => `${words}\n`,
}

/** The form is sent to a frame that is not shown. The log is upside down twice, so that its end is in sight. */
export const asPage: View = {
  type: 'text/html',
  begin: (path) => `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Telnet</title><style>
body{font:1rem/1.5 system-ui,sans-serif;margin:1rem;max-width:40rem}h1{font-size:1.25rem}input,button{font:inherit}
#log{height:9rem;overflow:auto;display:flex;flex-direction:column-reverse;padding:.5rem;margin-top:.75rem;
border:1px solid color-mix(in srgb,CanvasText 30%,Canvas)}pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
</style><main><h1>Telnet</h1>
<form method="post" action="${path}" target="told" onsubmit="setTimeout(() => this.reset())">
<label>Line <input name="line" size="16" maxlength="500" autocomplete="off"></label> <button>Say</button></form>
<iframe name="told" title="Whether it was said" hidden></iframe>
<div id="log" role="log" aria-label="What the server says" tabindex="0"><pre>`,
  line: (line) => `${escapeHtml(line)}\n`,
  end: (words) => `</pre></div><p><b>${escapeHtml(words)}</b></p></main></html>\n`,
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
