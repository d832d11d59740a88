import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openBrowser } from './stage/browser';

// The other tests of this folder say that no page wanted to leave this machine; here is what would happen.

it('refuses whatever is not on loopback, and takes note of it', async () => {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<p>here</p><img src="http://192.0.2.1/picture.png"><script src="https://example.com/x.js"></script>');
  }).listen(0, '127.0.0.1');
  const browser = await openBrowser();
  try {
    const page = await browser.context.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    expect(await page.getByText('here').count()).toBe(1);
    expect([...browser.refused].sort()).toEqual(['http://192.0.2.1/picture.png', 'https://example.com/x.js']);
  } finally {
    await browser.close();
    server.close();
  }
});
