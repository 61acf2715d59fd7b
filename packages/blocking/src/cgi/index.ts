export { blockingError } from '../errors.ts'
