import { reportText } from './report.ts'
import type { LawReport } from './report.ts'

/** A filter breaks a law; the message says which, the smallest body found, and what left of it. */
export class LawError extends Error {
  override readonly name: string = 'LawError'
  readonly code: string = 'LAW_BROKEN'
  readonly report: LawReport

  constructor(report: LawReport) {
    super(reportText(report))
    this.report = report
  }
}
