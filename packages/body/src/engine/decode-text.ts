const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Decodes whole UTF-8, ill-formed sequences as U+FFFD. A byte order mark stays in the text. */
export const decodeText = (bytes: Uint8Array): string => decoder.decode(bytes)
