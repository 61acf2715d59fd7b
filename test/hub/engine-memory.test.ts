// The engine in memory keeps the contract of engines.
import { memory } from '@sluice/hub'
import { engineTests } from '@sluice/hub/engine-tests'
import { suite } from 'uvu'

const engine = suite('memory: the contract of engines')

for (const { name, run } of engineTests(() => memory())) engine(name, run)

engine.run()
