/** Orders that wait, with buttons; the news of all processes come as server-sent events. */
export const page = `<!doctype html><meta charset="utf-8"><title>Approval</title>
<h1>Approval</h1>
<form><input name="what" maxlength="100" placeholder="What do you need?" required> <button>Ask</button></form>
<pre id="answer"></pre>
<h2>Orders</h2>
<ul></ul>
<script>
const answer = document.querySelector('#answer')
const list = document.querySelector('ul')

// Asks, and shows the response as it arrives: the second line comes when somebody has decided.
document.forms[0].onsubmit = async (event) => {
  event.preventDefault()
  const { what } = event.target.elements
  const response = await fetch('/approval/orders', { method: 'POST', body: what.value })
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
    button.onclick = () => fetch('/approval/orders/' + id, { method: 'POST', body: decision })
  }
}

// After a cut, the browser sends the id of the last event that it got, and gets those that it has missed.
const news = new EventSource('/approval/events')
news.onmessage = ({ data }) => show(JSON.parse(data))
// What is missing cannot be had any more: begin anew.
news.addEventListener('gap', () => { list.textContent = '' })
</script>
`
