// What is done in each pane of the showcase once it has been started, and what must appear in it.
import { hasProgram } from '../support/repository/running-program.ts'
import type { FrameLocator, Locator } from 'playwright-core'

export interface PaneTrial {
  readonly name: string
  /** What must appear, in the log or in the example's own page. */
  readonly wanted: RegExp
  /** What a visitor does meanwhile: with the buttons of the pane, or in the page. `mark` is new to each run. */
  act?(pane: Locator, page: FrameLocator, mark: string): Promise<void>
}

/** Not by the mouse, which several panes at a time cannot share. */
export const press = (button: Locator): Promise<void> => button.dispatchEvent('click')

/** Waits until the button can be pressed: some wait for what is to arrive first. */
const pressNamed = (scope: Locator | FrameLocator, name: string): Promise<void> =>
  press(scope.getByRole('button', { name, disabled: false }))

const appears = (pane: Locator, text: RegExp): Promise<void> =>
  pane.locator('.log > div', { hasText: text }).first().waitFor()

/** A row for each example of the showcase, in any order. */
export const paneTrials: readonly PaneTrial[] = [
  { name: 'streamed-page', wanted: /Rivers.*Locks.*Weirs.*That is all/s },
  { name: 'rewrite-html', wanted: /<strong>.*<\/strong>.*Rewritten on its way/s },
  {
    name: 'paused-page',
    wanted: /Somebody says: hello.*end/s,
    // It can be pressed once the page has told its ID.
    act: (pane) => pressNamed(pane, 'Resume it'),
  },
  { name: 'xml-rpc-page', wanted: /1\.25.*time/is },
  { name: 'first-of', wanted: /was first/ },
  { name: 'telnet-page', wanted: /This is a sluice/ },
  { name: 'process-page', wanted: /line 3.*exit/is },
  { name: 'database', wanted: /Weser/ },
  { name: 'out-of-order-page', wanted: /upper rivers/ },
  { name: 'hono-app', wanted: /<h2>Rivers.*<h2>Locks.*<h2>Weirs.*That is all.*end/s },
  {
    name: 'web-socket',
    wanted: /hello/,
    async act(_pane, page) {
      await page.getByText('Connected.').waitFor()
      await page.locator('[name=words]').fill('hello')
      await pressNamed(page, 'Say')
    },
  },
  {
    name: 'form-upload',
    wanted: /Send files/,
    async act(_pane, page) {
      const buffer = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(5000)])
      const file = { name: 'picture.png', mimeType: 'image/png', buffer }
      await page.locator('[type=file]').setInputFiles(file)
      await pressNamed(page, 'Send')
      await page.frameLocator('[name=answer]').getByText('picture.png').waitFor()
    },
  },
  { name: 'events', wanted: /\d/ },
  {
    name: 'push-page',
    wanted: /Written to \d/,
    async act(pane, _page, mark) {
      await appears(pane, /Listening/)
      await pane.getByRole('textbox').fill(mark)
      await pressNamed(pane, 'Post')
      await appears(pane, new RegExp(mark))
    },
  },
  {
    name: 'upload',
    wanted: /6888896 bytes, 1000000 lines\n?sha256 90433fcb/,
    async act(pane) {
      await appears(pane, /10 bytes, 1 lines\n?sha256/)
      await pressNamed(pane, 'Send a million lines')
    },
  },
  {
    name: 'api',
    wanted: /201 application\/json.*"name":"Assam".*end/s,
    async act(pane) {
      await appears(pane, /^[\d.]+end/)
      await pressNamed(pane, 'Add')
    },
  },
  {
    name: 'files',
    wanted: /200 text\/plain.*end/s,
    async act(pane) {
      await appears(pane, /206 text\/plain/)
      await appears(pane, /^[\d.]+end/)
      await pressNamed(pane, 'All lines')
    },
  },
  {
    name: 'csv-import',
    wanted: /500000 rows, sum 500000/,
    async act(pane) {
      await appears(pane, /lateMs/)
      await pressNamed(pane, 'Import 500,000 rows')
    },
  },
  { name: 'sqlite', wanted: /"day":1200,"celsius":-10.*end/s },
  {
    name: 'cgi-programs',
    wanted: hasProgram('python3') ? /That is the sum/ : /line 3/,
    async act(pane) {
      await appears(pane, /line 3/)
      if (hasProgram('python3')) await pressNamed(pane, 'Add them up')
    },
  },
  {
    name: 'chat',
    wanted: /chat: hello/,
    async act(_pane, page, mark) {
      await page.locator('[name=from]').fill(mark)
      await page.locator('[name=words]').fill('hello')
      await pressNamed(page, 'Say')
      await page.getByText(`${mark}: hello`).waitFor()
    },
  },
  {
    name: 'approval',
    wanted: /The order is approved/,
    async act(_pane, page, mark) {
      await page.locator('[name=what]').fill(mark)
      await pressNamed(page, 'Ask')
      const order = page.getByRole('listitem').filter({ hasText: mark })
      await pressNamed(order, 'Approve')
    },
  },
  {
    name: 'tokens',
    wanted: /You asked: What/,
    act: (_pane, page) => pressNamed(page, 'Ask'),
  },
  { name: 'every-host', wanted: /<h2>Rivers.*<h2>Locks.*<h2>Weirs.*That is all.*end/s },
]
