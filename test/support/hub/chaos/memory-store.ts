import { memory } from '@sluice/hub'
import type { ChaosStore } from './chaos-store.ts'

export const memoryStore = (): ChaosStore => {
  const engine = memory()
  return { name: 'memory', engine: () => engine, reach: undefined }
}
