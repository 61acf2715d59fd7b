/** Keeps a cell in its column. */
const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ')

/**
 * A table in Markdown.
 *
 * @param columns `{ title, text: true }`; columns of numbers, without `text`, stand to the right.
 */
export const renderTable = (columns, rows) =>
  [columns.map(({ title }) => title), columns.map(({ text }) => (text ? '---' : '---:')), ...rows]
    .map((row) => `| ${row.map(cell).join(' | ')} |`)
    .join('\n')
