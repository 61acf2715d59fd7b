/** Both programs, each in a frame. */
export const page = (
  path: string,
): string => `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>CGI programs</title>
<style>body { font: 1rem/1.5 system-ui; margin: 1rem } h1 { margin: 0; font-size: 1.25rem } h2 { margin: .5rem 0 .25rem; font-size: 1rem } iframe { width: 100%; height: 6rem; border: 1px solid }</style>
<main><h1>CGI programs</h1>
<h2>A shell script</h2><iframe title="What the shell script prints" src="${path}/shell"></iframe>
<h2>A Python application</h2><iframe title="What the Python application prints" src="${path}/python"></iframe>
</main>
`
