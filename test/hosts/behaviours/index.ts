import { leaving } from './leaving.ts'
import { requests } from './requests.ts'
import { responses } from './responses.ts'
import { streams } from './streams.ts'
import type { Behaviour } from './behaviour.ts'

/** The rows of the matrix, in the order of the table. */
export const behaviours: readonly Behaviour[] = [...streams, ...leaving, ...requests, ...responses]
