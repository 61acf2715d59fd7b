import { isData, toBody } from '@sluice/body'
import { tap } from '@sluice/filter'
import { heartbeat, pause } from '@sluice/pause'
import { stream } from '@sluice/stack'
import { progressHead, progressLine } from './page.ts'
import type { Frame } from '@sluice/body'
import type { Client, HttpRequest, HttpResponse } from '@sluice/stack'

/** How far an upload is. */
export interface Progress {
  /** The file that arrives, or what became of the form. */
  readonly what: string
  readonly bytes: number
  /** Of the whole form; `undefined` if the client did not say. */
  readonly ofBytes: number | undefined
  /** Nothing more comes: the bytes are not on their way to the end. */
  readonly isOver: boolean
}

/** Tells the progress of one upload to all that watch it. */
export interface Meter {
  count(request: HttpRequest): HttpRequest
  begin(what: string): void
  end(what: string): void
}

export interface ProgressBoard {
  meter(id: string, request: HttpRequest): Meter
  /** A page of the progress of the uploads under an ID. It goes on until the client leaves, or the server closes. */
  watch(id: string, client: Client, isBrowser: boolean): HttpResponse
}

/** It keeps the latest progress only: nothing is queued for a client that reads slowly. */
interface Watcher {
  latest: Progress | undefined
  wake(): void
}

/** @param maxBytes Of a form, which sets how often the progress of one of unknown length is told. */
export const progressBoard = (maxBytes: number): ProgressBoard => {
  const watchers = new Map<string, Set<Watcher>>()
  const tell = (id: string, latest: Progress) => {
    for (const watcher of watchers.get(id) ?? []) {
      watcher.latest = latest
      watcher.wake()
    }
  }

  async function* lines(id: string, { signal, draining }: Client, isBrowser: boolean) {
    const watcher: Watcher = { latest: undefined, wake() {} }
    const all = watchers.get(id) ?? new Set()
    watchers.set(id, all.add(watcher))
    // A client that has left is not kept until the next heartbeat.
    signal.addEventListener('abort', () => watcher.wake(), { once: true })
    try {
      yield progressHead(isBrowser)
      while (!signal.aborted && !draining.aborted) {
        const { latest } = watcher
        watcher.latest = undefined
        if (latest === undefined) yield waiting(watcher, draining)
        else yield progressLine(latest, isBrowser)
      }
    } finally {
      // Ends the wait, and with it its listeners.
      watcher.wake()
      all.delete(watcher)
      if (all.size === 0) watchers.delete(id)
    }
  }

  return {
    meter: (id, request) => meterOf(request, maxBytes, (progress) => tell(id, progress)),
    watch(id, client, isBrowser) {
      // Otherwise a client that vanished would be watched for ever.
      const beating = heartbeat({ everyMs: 15_000, bytes: ' ' })
      const type = `text/${isBrowser ? 'html' : 'plain'}; charset=utf-8`
      return stream(beating(toBody(lines(id, client, isBrowser))), {
        headers: { 'content-type': type, vary: 'accept' },
      })
    },
  }
}

const waiting = (watcher: Watcher, signal: AbortSignal): Frame => {
  const { frame, resume } = pause({ signal })
  watcher.wake = resume
  return frame
}

const meterOf = (
  { body: { byteLength: ofBytes } }: HttpRequest,
  maxBytes: number,
  tell: (progress: Progress) => void,
): Meter => {
  // A hundred times, or fewer if the form is shorter than it may be.
  const step = (ofBytes ?? maxBytes) / 100
  let what = 'The form'
  let bytes = 0
  let tellAt = 0
  const counted = tap(() => ({
    frame(frame) {
      if (isData(frame)) bytes += frame.bytes.length
      if (bytes < tellAt) return
      tellAt = bytes + step
      tell({ what, bytes, ofBytes, isOver: false })
    },
  }))
  return {
    count: (request) => ({ ...request, body: counted(request.body) }),
    begin(file) {
      what = file
    },
    end: (how) => tell({ what: how, bytes, ofBytes, isOver: true }),
  }
}
