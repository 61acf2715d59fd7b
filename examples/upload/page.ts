/** Sends a file. A browser shows an answer only once it has sent everything; curl shows it while it sends. */
export const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Upload</title>
<style>body { font: 1rem/1.5 system-ui; margin: 1rem } h1 { margin: 0; font-size: 1.25rem } input { font: inherit; max-width: 100% } pre { white-space: pre-wrap; overflow-wrap: anywhere }</style>
<main><h1>Upload</h1>
<form><label>File <input name="file" type="file" required></label> <button>Send</button></form>
<pre role="log" aria-label="The answer"></pre></main>
<script>
document.forms[0].onsubmit = async (event) => {
  event.preventDefault()
  const log = document.querySelector('pre')
  log.textContent = ''
  const response = await fetch('', { method: 'PUT', body: event.target.elements.file.files[0] })
  const pieces = response.body.pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const { value, done } = await pieces.read()
    if (done) break
    log.textContent += value
  }
}
</script>
`
