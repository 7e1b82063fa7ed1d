import { createClient } from 'graphql-ws';
import { socketOf } from './socket.mjs';
import { eventChanged } from '../documents.mjs';

export const name = 'graphql-ws';

/** A client of which every operation goes through the socket. */
export function open(base, cookie, origin = base) {
  const client = createClient({
    url: `${base.replace('http', 'ws')}/graphql`,
    webSocketImpl: socketOf(cookie, origin),
    retryAttempts: 20,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 100)),
    shouldRetry: () => true,
  });
  const ask = async (query, variables) => {
    for await (const { data, errors } of client.iterate({ query, variables })) {
      if (errors) throw new Error(JSON.stringify(errors));
      return data;
    }
  };
  return {
    ask,
    follow(after, sink) {
      const payload = { query: eventChanged, variables: { after } };
      return client.subscribe(payload, {
        next({ data, errors }) {
          if (errors) return sink.error(errors);
          // The client sends this very payload again when it has connected again.
          payload.variables.after = data.eventChanged.cursor;
          sink.next(data.eventChanged);
        },
        error: sink.error,
        complete() {},
      });
    },
    close: () => client.dispose(),
  };
}
