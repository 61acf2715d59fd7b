/** Reads a response until its text shows something, or to its end. */
export const textUntil = async ({ body }: Response, pattern: RegExp): Promise<string> => {
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of body ?? []) {
    text += decoder.decode(bytes, { stream: true })
    if (pattern.test(text)) break
  }
  return text
}
