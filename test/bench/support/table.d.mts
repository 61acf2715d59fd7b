export interface Column {
  readonly title: string
  /** Whether it holds text, and not numbers. */
  readonly text?: boolean
}

export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly (string | number)[])[],
): string
