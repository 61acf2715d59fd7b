// The commands that a client may choose from, by name. None has a part that comes from a client.

export interface Command {
  readonly file: string
  readonly args: readonly string[]
}

const sh = (script: string): Command => ({ file: '/bin/sh', args: ['-c', script] })

export const commands: ReadonlyMap<string, Command> = new Map([
  // Both streams, one after the other.
  [
    'count',
    sh('for i in 1 2 3 4 5; do echo "line $i"; echo "warning $i" >&2; sleep 0.4; done; exit 3'),
  ],
  // Ignores SIGTERM, and so does what it has started.
  ['stubborn', sh('trap "" TERM; sleep 600 & echo "I stay: $$"; while :; do sleep 1; done')],
  // As fast as it is read.
  ['flood', sh('i=0; while :; do i=$((i+1)); echo "line $i of very many"; done')],
])
