/** Adds a line to names and values in turn. The values of a name that stands there already become an array. */
export const addLine = (flat: (string | string[])[], name: string, value: string): void => {
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i] !== name) continue
    const before = flat[i + 1] ?? ''
    if (typeof before === 'string') flat[i + 1] = [before, value]
    else before.push(value)
    return
  }
  flat.push(name, value)
}
