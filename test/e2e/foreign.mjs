import { once } from 'node:events';
import { createServer } from 'node:http';

/** A site of somebody else: a server that answers every path with a page on which a script can be run. Answers its port. */
export async function startForeignSite() {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end('<!doctype html><html lang="en"><title>Elsewhere</title><link rel="icon" href="data:,"><body>');
  }).listen(0, 'localhost');
  await once(server, 'listening');
  return {
    port: server.address().port,
    close() {
      server.closeAllConnections();
      return once(server.close(), 'close');
    },
  };
}
