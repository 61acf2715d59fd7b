export function listExamples(): readonly string[]
