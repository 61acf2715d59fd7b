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

/** Names and values in turn, each name once: Node keeps the lines of an array apart, and loses those of a name that repeats. */
export const grouped = (lines: readonly string[]): (string | string[])[] => {
  const flat: (string | string[])[] = []
  for (let i = 0; i < lines.length; i += 2) addLine(flat, lines[i] ?? '', lines[i + 1] ?? '')
  return flat
}
