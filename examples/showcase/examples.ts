// The examples that are mounted, in the order of the page. To add one: its import and its name here, and its pane in panes.ts.
import * as api from '../api/app.ts'
import * as approval from '../approval/app.ts'
import * as cgiPrograms from '../cgi-programs/app.ts'
import * as chat from '../chat/app.ts'
import * as csvImport from '../csv-import/app.ts'
import * as database from '../database/app.ts'
import * as events from '../events/app.ts'
import * as everyHost from '../every-host/page.ts'
import * as files from '../files/app.ts'
import * as firstOf from '../first-of/app.ts'
import * as formUpload from '../form-upload/app.ts'
import * as honoApp from '../hono-app/app.ts'
import * as outOfOrderPage from '../out-of-order-page/app.ts'
import * as pausedPage from '../paused-page/app.ts'
import * as processPage from '../process-page/app.ts'
import * as pushPage from '../push-page/app.ts'
import * as rewriteHtml from '../rewrite-html/app.ts'
import * as sqlite from '../sqlite/app.ts'
import * as streamedPage from '../streamed-page/app.ts'
import * as telnetPage from '../telnet-page/app.ts'
import * as tokens from '../tokens/app.ts'
import * as upload from '../upload/app.ts'
import * as webSocket from '../web-socket/app.ts'
import * as xmlRpcPage from '../xml-rpc-page/app.ts'
import type { Handler } from '@sluice/stack'

export interface Example {
  readonly about: {
    /** All paths of the example begin with it. Its folder has the same name. */
    readonly path: string
    readonly line: string
    curl(url: string): readonly string[]
  }
  readonly app: Handler
  /** Closes what it has opened and keeps from request to request. */
  close?(): Promise<void>
}

export const examples: readonly Example[] = [
  streamedPage,
  outOfOrderPage,
  rewriteHtml,
  xmlRpcPage,
  pausedPage,
  firstOf,
  events,
  pushPage,
  webSocket,
  telnetPage,
  upload,
  formUpload,
  api,
  files,
  database,
  csvImport,
  sqlite,
  cgiPrograms,
  processPage,
  chat,
  approval,
  tokens,
  everyHost,
  honoApp,
]
