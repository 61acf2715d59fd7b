/** What is said in a room, and a line to say something. */
export const page = `<!doctype html><meta charset="utf-8"><title>Chat</title>
<h1>Chat</h1>
<ol></ol>
<form><input name="from" size="8" placeholder="name" required> <input name="words" size="50" required> <button>Say</button></form>
<script>
const room = new URLSearchParams(location.search).get('room') ?? 'lobby'
const path = '/chat?room=' + encodeURIComponent(room)
const list = document.querySelector('ol')

const say = (line) => { list.appendChild(document.createElement('li')).textContent = line }

document.forms[0].onsubmit = async (event) => {
  event.preventDefault()
  const { from, words } = event.target.elements
  await fetch(path + '&from=' + encodeURIComponent(from.value), { method: 'POST', body: words.value })
  words.value = ''
}

// The browser reconnects by itself after a cut, with the id of the last message that it got.
const messages = new EventSource(path)
messages.onmessage = ({ data }) => {
  const { from, words } = JSON.parse(data)
  say(from + ': ' + words)
}
messages.addEventListener('gap', () => say('(Something was said here that is not kept any more.)'))
</script>
`
