/** Deno and Bun send the length of a text or of bytes without a field, and never tell the version of a request. */
export const isDenoOrBun: boolean = 'Deno' in globalThis || 'Bun' in globalThis
