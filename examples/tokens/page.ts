/** Asks, shows the answer as it is written, and finds it again by the address of the page. */
export const page = `<!doctype html><meta charset="utf-8"><title>Tokens</title>
<h1>Tokens</h1>
<form><input name="question" size="60" value="What is a sluice?" required> <button>Ask</button></form>
<p id="question"></p>
<p id="answer"></p>
<p id="state"></p>
<button id="stop" hidden>Stop</button>
<script>
const at = (id) => document.getElementById(id)
const [, , id] = location.pathname.split('/')

document.forms[0].onsubmit = async (event) => {
  event.preventDefault()
  const { question } = event.target.elements
  const response = await fetch('/tokens', { method: 'POST', body: question.value })
  location.href = response.headers.get('location')
}

if (id) {
  document.forms[0].hidden = true
  at('stop').hidden = false
  at('stop').onclick = () => fetch('/tokens/' + id + '/stop', { method: 'POST' })
  // Loaded again, the page gets the whole answer from its beginning, and then what is new. After a cut, only what it has missed.
  const pieces = new EventSource('/tokens/' + id + '/events')
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
