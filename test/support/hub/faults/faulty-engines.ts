import { appendFaults } from './append-faults.ts'
import { closeFaults } from './close-faults.ts'
import { endFaults } from './end-faults.ts'
import { followFaults } from './follow-faults.ts'
import { nameFaults } from './name-faults.ts'
import { readFaults } from './read-faults.ts'
import { registerFaults } from './register-faults.ts'
import { removeFaults } from './remove-faults.ts'
import { trimFaults } from './trim-faults.ts'
import type { FaultyEngine } from './faulty-engine.ts'

export const faultyEngines: readonly FaultyEngine[] = [
  ...appendFaults,
  ...readFaults,
  ...trimFaults,
  ...endFaults,
  ...registerFaults,
  ...followFaults,
  ...nameFaults,
  ...removeFaults,
  ...closeFaults,
]
