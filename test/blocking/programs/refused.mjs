// Exports that no thread runs, and one that it does. The last argument of each is memory, in which it would tell that it was called.
import { withTraits } from '@sluice/stack'
import { tell } from './gate.mjs'

const called = (...given) => {
  tell(given.at(-1))
  return 'called'
}

export const asynchronous = async (...given) => called(...given)

export const bound = asynchronous.bind(undefined)

export const apart = withTraits({ mode: 'process' }, called)

export const blocks = withTraits({ mode: 'blocking', reentrant: false }, called)
