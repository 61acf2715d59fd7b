// What plain JavaScript may give to the functions of a request: each is called with the argument, and says what it throws.
const thrownBy = (call) => {
  try {
    call()
    return 'nothing'
  } catch ({ name, code, message }) {
    return `${code ?? name}: ${message}`
  }
}

const given = { null: null, undefined: undefined, number: 5, text: 'text', promise: undefined }

export default ({ input, respond }, { method, kind }) => {
  const argument = kind === 'promise' ? Promise.reject(new Error('nobody hears this')) : given[kind]
  if (method in input) return thrownBy(() => input[method](argument))
  if (method === 'respond') return thrownBy(() => respond(argument))
  const writer = respond()
  const thrown = thrownBy(() => writer[method](argument))
  writer.write(thrown)
}
