import { streams } from './streams.ts'
import type { Behaviour } from './behaviour.ts'

/** The rows of the matrix, in the order of the table. */
export const behaviours: readonly Behaviour[] = [...streams]
