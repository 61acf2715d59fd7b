import { streams } from './streams.ts'
import type { Pages } from './page.ts'

/** The pages of the app, by path. */
export const pages: Pages = { ...streams }
