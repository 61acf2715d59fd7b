import { token } from '../servers/support/five.mjs'

/** What a browser sends, with Host and Connection ten fields; one of them is what the check of a header looks at. */
export const browserFields = {
  connection: 'keep-alive',
  'user-agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'accept-language': 'en-GB,en;q=0.9,de;q=0.8',
  'accept-encoding': 'gzip, deflate, br, zstd',
  cookie: 'session=3f9a1c7e5b2d4860; theme=dark; consent=1',
  authorization: token,
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'same-origin',
}
