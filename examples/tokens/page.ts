/** Asks, shows the answer as it is written, and finds it again by the address of the page. */
export const page = (
  path: string,
): string => `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Tokens</title>
<style>body { font: 1rem/1.5 system-ui; margin: 1rem } h1 { margin: 0; font-size: 1.25rem } input { font: inherit; max-width: 90% }</style>
<main><h1>Tokens</h1>
<form><label>Question <input name="question" size="40" value="What is a sluice?" required></label> <button>Ask</button></form>
<p id="question"></p>
<p id="answer" role="log" aria-label="Answer"></p>
<p id="state" role="status"></p>
<button id="stop" hidden>Stop</button></main>
<script>
const at = (id) => document.getElementById(id)
const id = location.pathname.slice('${path}/'.length)

document.forms[0].onsubmit = async (event) => {
  event.preventDefault()
  const { question } = event.target.elements
  const response = await fetch('${path}', { method: 'POST', body: question.value })
  location.href = response.headers.get('location')
}

if (id) {
  document.forms[0].hidden = true
  at('stop').hidden = false
  at('stop').onclick = () => fetch('${path}/' + id + '/stop', { method: 'POST' })
  // Loaded again, the page gets the whole answer from its beginning, and then what is new. After a cut, only what it has missed.
  const pieces = new EventSource('${path}/' + id + '/events')
  pieces.onmessage = ({ data }) => {
    const { question, word } = JSON.parse(data)
    if (question) at('question').textContent = question
    else at('answer').textContent += word + ' '
  }
  // What is missing cannot be had any more: begin again.
  pieces.addEventListener('gap', () => { at('answer').textContent = '' })
  pieces.onerror = () => {
    // The browser gives up on a 404.
    if (pieces.readyState === EventSource.CLOSED) at('state').textContent = 'There is no such answer.'
  }
  pieces.addEventListener('end', ({ data }) => {
    at('state').textContent = JSON.parse(data).how
    at('stop').hidden = true
    // Else the browser would reconnect.
    pieces.close()
  })
}
</script>
`
