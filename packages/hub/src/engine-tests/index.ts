export { EngineTestError } from './engine-test-error.ts'
export { type EngineTest, type EngineTestOptions, engineTests } from './engine-tests.ts'
