import { leaving } from './leaving.ts'
import { requests } from './requests.ts'
import { responses } from './responses.ts'
import { streams } from './streams.ts'
import type { Pages } from './page.ts'

/** The pages of the app, by path. */
export const pages: Pages = { ...streams, ...leaving, ...requests, ...responses }
