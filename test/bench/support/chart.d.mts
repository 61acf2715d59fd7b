export interface Bar {
  readonly label: string
  readonly value: number
  /** The value as it is read. */
  readonly text: string
  readonly own?: boolean
}

export interface Section {
  readonly title: string
  readonly bars: readonly Bar[]
}

export interface Chart {
  readonly title: string
  readonly subtitle: string
  readonly sections: readonly Section[]
}

export function renderChart(chart: Chart): string
