/** What is said in a room, and a line to say something. */
export const page = (
  path: string,
): string => `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Chat</title>
<style>
body { font: 1rem/1.5 system-ui; margin: 1rem } h1 { margin: 0; font-size: 1.25rem } input { font: inherit; max-width: 60% }
form { position: sticky; top: 0; padding: .5rem 0; background: Canvas } ol { margin: 0; padding-left: 2rem }
</style>
<main><h1>Chat</h1>
<form><label>Name <input name="from" size="6" required></label> <label>Words <input name="words" required></label> <button>Say</button></form>
<div role="log" aria-label="What was said"><ol></ol></div></main>
<script>
const room = new URLSearchParams(location.search).get('room') ?? 'lobby'
const path = '${path}?room=' + encodeURIComponent(room)
const list = document.querySelector('ol')

const say = (line) => {
  list.appendChild(document.createElement('li')).textContent = line
  scrollTo(0, document.body.scrollHeight)
}

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
