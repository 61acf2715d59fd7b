import { listExamples } from '../runner/copy-example.mjs'

/** The folders of examples/, with the showcase, which is not copied. Pages such as README.md stand beside them. */
export const exampleNames = (): readonly string[] => [...listExamples(), 'showcase'].sort()
