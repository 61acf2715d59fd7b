// Each line has 32 bytes, so a range takes lines out of the middle of the file.
const [form] = document.forms
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const from = (form.elements.first.value - 1) * 32
  const range = `bytes=${from}-${from + 5 * 32 - 1}`
  const response = await fetch('lines.txt', { headers: { range } })
  const head = `${response.status} ${response.headers.get('content-range')}`
  document.querySelector('output').textContent = `${head}\n\n${await response.text()}`
})
