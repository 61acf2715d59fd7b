export { type FetchEnv, type FetchFunction, fromFetch } from './from-fetch/from-fetch.ts'
export { fromResponse } from './from-fetch/from-response.ts'
export { useLightResponse } from './from-fetch/use-light-response.ts'
