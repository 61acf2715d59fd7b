/** Asks for a station, and shows its rows while they come: the first six, and how many there are so far. */
export const page = (
  path: string,
): string => `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>SQLite</title>
<style>body { font: 1rem/1.5 system-ui; margin: 1rem } h1 { margin: 0; font-size: 1.25rem } select { font: inherit } table { margin-top: .5rem } th, td { padding-right: 2rem; text-align: left }</style>
<main><h1>The coldest days</h1>
<form><label>Station <select name="station">${Array.from({ length: 7 }, (_, i) => `<option>${i}`).join('')}</select></label> <button>Query</button>
<output>No rows yet.</output></form>
<table hidden><thead><tr><th>Day<th>Celsius<tbody></table></main>
<script>
const table = document.querySelector('table')

document.forms[0].onsubmit = async (event) => {
  event.preventDefault()
  const response = await fetch('${path}/' + event.target.elements.station.value)
  const [rows] = table.tBodies
  rows.textContent = ''
  table.hidden = false
  let rest = ''
  let count = 0
  const pieces = response.body.pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const { value, done } = await pieces.read()
    if (done) break
    const lines = (rest + value).split('\\n')
    rest = lines.pop()
    for (const line of lines) {
      if (count++ >= 6) continue
      const { day, celsius } = JSON.parse(line)
      const row = rows.insertRow()
      row.insertCell().textContent = day
      row.insertCell().textContent = celsius
    }
    document.querySelector('output').textContent = count + ' rows'
  }
}
</script>
`
