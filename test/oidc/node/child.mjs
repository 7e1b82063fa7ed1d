// What the providers of this folder have in common: one JSON argument says how to be set up, a line "ready" says that
// the provider listens, and the end of standard input ends it, so that none outlives the test that started it.
import { createServer } from 'node:http';

export const setup = JSON.parse(process.argv[2]);
export const issuer = `http://127.0.0.1:${setup.port}`;

/** Serves handler, and under /test/ what a test tells the provider: control maps a name to an async function of JSON. */
export function serve(handler, control) {
  const server = createServer(async (request, response) => {
    if (!request.url.startsWith('/test/')) return handler(request, response);
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    try {
      const answer = await control[request.url.slice('/test/'.length)](text ? JSON.parse(text) : undefined);
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer ?? null));
    } catch (error) {
      response.writeHead(500).end(String(error.stack));
    }
  });
  server.listen(setup.port, '127.0.0.1', () => console.log('ready'));
  process.stdin.on('end', () => process.exit(0)).resume();
}
