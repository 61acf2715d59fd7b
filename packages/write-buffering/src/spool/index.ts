export { type TempFileOptions, tempFile } from './temp-file.ts'
export type { Spill, SpillFile } from './spill.ts'
