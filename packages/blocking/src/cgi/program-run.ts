import { deferred, nothing, onAbort, quiet } from '@sluice/body/engine'
import { callUser, clientGone, printError } from '@sluice/stack/host'
import { blockingError, clientTimeout } from '../errors.ts'
import { feedProgram } from './feed-program.ts'
import { ProcessGroup } from './process-group.ts'
import { failed } from './program-failure.ts'
import { ProgramOutput } from './program-output.ts'
import { Silence } from './silence.ts'
import { StderrLines } from './stderr-lines.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { HttpError, HttpRequest } from '@sluice/stack'
import type { CgiSettings } from './cgi-options.ts'
import type { Variables } from './meta-variables.ts'
import type { ProgramStreams } from './process-group.ts'
import type { OutputOwner } from './program-output.ts'
import type { CgiHead } from './response-head.ts'
import type { Awaits, SilenceLimits } from './silence.ts'

/** Content, with its exact length. */
export interface Content {
  readonly body: Body<AnyFrame>
  readonly byteLength: number
}

/** Milliseconds in which a program exits once its stdout has ended without a head. */
const exitMs = 500

/**
 * The program at work for one request.
 *
 * It is over when the program has exited and its output has ended, or when it was stopped: by an error, by the client's signal, or
 * by a reader that left. The first reason counts. Then nothing listens any more, and the streams are closed. Until then what the
 * program has started is ended with it, also if the program itself has exited and only they still hold its stdout.
 */
export class ProgramRun implements OutputOwner {
  readonly output: ProgramOutput
  readonly #settings: CgiSettings
  readonly #group: ProcessGroup
  readonly #streams: ProgramStreams
  readonly #silence: Silence
  readonly #stderr: StderrLines
  readonly #stopListening: () => void
  readonly #stopped = deferred<never>()
  #stopFeeding = nothing
  #hasHead = false
  #state: 'running' | 'stopped' | 'over' = 'running'

  constructor(
    group: ProcessGroup,
    streams: ProgramStreams,
    { client }: HttpRequest,
    settings: CgiSettings,
    heard: (line: string) => void,
  ) {
    quiet(this.#stopped.promise)
    this.#settings = settings
    this.#group = group
    this.#streams = streams
    this.#silence = new Silence(limitsOfHead(settings), (awaits) =>
      this.stop(this.#timedOut(awaits)),
    )
    this.#stderr = new StderrLines(streams.stderr, heard)
    this.output = new ProgramOutput(streams.stdout, this)
    group.exited.then(() => streams.stdin.destroy())
    this.#stopListening = onAbort(client.signal, (reason) => this.stop(reason))
    if (client.signal.aborted) this.stop(client.signal.reason)
  }

  /**
   * Feeds the program, and reads the head of its response.
   *
   * @throws {HttpError} `CGI_FAILED`, `CGI_HEAD_INVALID`, `CGI_TIMEOUT`; or what it was stopped with. The program is being stopped then.
   */
  async head({ body, byteLength }: Content): Promise<CgiHead> {
    if (this.#state !== 'running') return this.#stopped.promise
    const { stdin } = this.#streams
    this.#stopFeeding = feedProgram(stdin, body, byteLength, this.#silence, (error) =>
      this.stop(error),
    )
    try {
      const head = await this.output.readHead(this.#settings.maxHeadBytes)
      this.#hasHead = true
      const { idleTimeoutMs } = this.#settings
      this.#silence.change({ programMs: idleTimeoutMs, clientMs: idleTimeoutMs })
      return head
    } catch (error) {
      this.stop(error)
      throw error
    }
  }

  /** Whether more output is awaited, or the end. */
  asked(isAsked: boolean): void {
    this.#silence.asked(isAsked)
  }

  /**
   * Waits for the end of the program, once its output has ended.
   *
   * @throws {HttpError} `CGI_FAILED`, if the program failed, or has no head; or what it was stopped with.
   */
  async ended(): Promise<void> {
    const exit = await Promise.race([this.#stopped.promise, this.#group.exited])
    this.#end('over')
    this.#group.letGo()
    if (this.#hasHead && exit.kind === 'code' && exit.code === 0) return
    await this.#stderr.closed
    throw failed(this.#settings, exit, this.#stderr.last)
  }

  /** As `ended`, for output that has ended before its head has. A program that goes on all the same is stopped. */
  async endedInHead(): Promise<void> {
    const late = () =>
      this.stop(failed(this.#settings, { kind: 'code', code: 0 }, this.#stderr.last))
    const timer = setTimeout(late, exitMs)
    try {
      await this.ended()
    } finally {
      clearTimeout(timer)
    }
  }

  /** The reader has left. */
  left(): void {
    this.stop(clientGone())
  }

  stop(reason: unknown): void {
    if (this.#state !== 'running') return
    this.#stopped.reject(reason)
    this.#end('stopped')
    this.output.cut()
    this.#group.stop()
  }

  #end(state: 'stopped' | 'over'): void {
    if (this.#state !== 'running') return
    this.#state = state
    this.#silence.stop()
    this.#stopListening()
    this.#stopFeeding()
    this.#stderr.closeAfter(this.#settings.killAfterMs)
  }

  #timedOut(awaits: Awaits): HttpError {
    const { headTimeoutMs, idleTimeoutMs, name } = this.#settings
    const { clientMs } = limitsOfHead(this.#settings)
    if (awaits === 'reader') return clientTimeout(`send the output of ${name}`, idleTimeoutMs)
    if (awaits === 'content')
      return clientTimeout('read the content', this.#hasHead ? idleTimeoutMs : clientMs)
    const found = this.#hasHead
      ? `no output and no end for ${idleTimeoutMs} ms`
      : `no head after ${headTimeoutMs} ms`
    return blockingError('CGI_TIMEOUT', `Cannot wait for ${name}: found ${found}`)
  }
}

/** Until the head, either limit is for a client that sends no more: it may be the program that does not go on without it. */
const limitsOfHead = ({ headTimeoutMs, idleTimeoutMs }: CgiSettings): SilenceLimits => ({
  programMs: headTimeoutMs,
  clientMs: Math.min(headTimeoutMs, idleTimeoutMs),
})

/**
 * Starts the program.
 *
 * @param left Called once: when the program has ended with what it started, or could not be started.
 * @throws {HttpError} `CGI_FAILED`, `CGI_BUSY`.
 */
export const startProgram = async (
  request: HttpRequest,
  env: Variables,
  settings: CgiSettings,
  left: () => void,
): Promise<ProgramRun> => {
  const group = startGroup(settings, env, left)
  group.over.then(left)
  const { streams } = group
  if (streams === undefined) throw failed(settings, await group.exited, '')
  return new ProgramRun(group, streams, request, settings, (line) =>
    callUser(() => settings.onStderr(line, request), printError),
  )
}

const startGroup = (settings: CgiSettings, env: Variables, left: () => void): ProcessGroup => {
  try {
    return new ProcessGroup(settings, env)
  } catch (error) {
    left()
    // An environment that is too large, for example.
    throw failed(settings, { kind: 'not started', error }, '')
  }
}
