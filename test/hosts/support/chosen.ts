/** Those whose name contains one of the words of a list such as `http2,koa`; all if there is no list. */
export const chosen = <T extends { readonly name: string }>(
  all: readonly T[],
  words: string | undefined,
): readonly T[] =>
  words === undefined
    ? all
    : all.filter(({ name }) => words.split(',').some((word) => name.includes(word)))
