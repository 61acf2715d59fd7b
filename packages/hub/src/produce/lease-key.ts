/** The register of the right to produce the topic of a log. */
export const leaseKey = (log: string): string => `r:lease:${log}`

/** The process in the value of a lease, `PROCESS/NUMBER.COUNT`. */
export const processOf = (value: string): string => value.slice(0, value.indexOf('/'))
