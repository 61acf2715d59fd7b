/** The events, and beside them an import of rows that the page makes. */
export const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>CSV import</title>
<style>body { font: 1rem/1.5 system-ui; margin: 1rem } h1 { margin: 0; font-size: 1.25rem } input { font: inherit; width: 7rem } progress { width: 100% }</style>
<main><h1>CSV import</h1>
<p>Ten events a second. The last was late by <output id="late">?</output> ms.
<progress aria-label="Events since the page was opened, by hundreds" max="100"></progress>
<form><label>Rows <input name="rows" type="number" value="1000000" min="1" max="3000000"></label> <button>Import</button></form>
<pre role="log" aria-label="The import"></pre></main>
<script>
const log = document.querySelector('pre')
const progress = document.querySelector('progress')

let events = 0
new EventSource('').onmessage = ({ data }) => {
  document.querySelector('output').textContent = JSON.parse(data).lateMs
  progress.value = ++events % 100
}

document.forms[0].onsubmit = async (event) => {
  event.preventDefault()
  const rows = Number(event.target.elements.rows.value)
  log.textContent = ''
  const response = await fetch('', { method: 'POST', body: 'id,amount\\n' + '1,1\\n'.repeat(rows) })
  const pieces = response.body.pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const { value, done } = await pieces.read()
    if (done) break
    log.textContent += value
  }
}
</script>
`
