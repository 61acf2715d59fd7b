/** Orders that wait, with buttons; the news of all processes come as server-sent events. */
export const page = (
  path: string,
): string => `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Approval</title>
<style>
body { font: 1rem/1.5 system-ui; margin: 1rem } h1, h2, ul { margin: 0; font-size: 1rem } h1 { font-size: 1.25rem }
pre { white-space: pre-wrap; min-height: 3em } button { margin-left: .5rem }
</style>
<main><h1>Approval</h1>
<form><label>What do you need? <input name="what" maxlength="100" required></label><button>Ask</button></form>
<pre id="answer" role="log" aria-label="The answer"></pre>
<h2>Orders</h2>
<div aria-live="polite"><ul></ul></div></main>
<script>
const answer = document.querySelector('#answer')
const list = document.querySelector('ul')

// Asks, and shows the response as it arrives: the second line comes when somebody has decided.
document.forms[0].onsubmit = async (event) => {
  event.preventDefault()
  const { what } = event.target.elements
  const response = await fetch('${path}/orders', { method: 'POST', body: what.value })
  answer.textContent = ''
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const { value, done } = await reader.read()
    if (done) break
    answer.textContent += value
  }
}

const show = ({ id, what, state }) => {
  const item = document.getElementById(id) ?? list.appendChild(document.createElement('li'))
  item.id = id
  item.textContent = what + ': ' + state
  if (state !== 'waits') return
  for (const [label, decision] of [['Approve', 'approved'], ['Reject', 'rejected']]) {
    const button = item.appendChild(document.createElement('button'))
    button.textContent = label
    button.onclick = () => fetch('${path}/orders/' + id, { method: 'POST', body: decision })
  }
}

// After a cut, the browser sends the id of the last event that it got, and gets those that it has missed.
const news = new EventSource('${path}/events')
news.onmessage = ({ data }) => show(JSON.parse(data))
// What is missing cannot be had any more: begin anew.
news.addEventListener('gap', () => { list.textContent = '' })
</script>
`
