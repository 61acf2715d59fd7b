// The copy buttons.

export const copy = async (button) => {
  const code = button.parentElement.querySelector('code')
  const label = button.querySelector('span')
  try {
    await navigator.clipboard.writeText(code.textContent)
    label.textContent = 'Copied'
  } catch {
    // Without the permission, or where the page is no secure context: a key is enough then.
    getSelection().selectAllChildren(code)
    label.textContent = 'Selected'
  }
  setTimeout(() => {
    label.textContent = 'Copy'
  }, 2000)
}
