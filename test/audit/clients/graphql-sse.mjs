import { createClient } from 'graphql-sse';
import { eventChanged } from '../documents.mjs';

export const name = 'graphql-sse';

/** A client of which every operation is an event stream. */
export function open(base, cookie) {
  const client = createClient({
    url: `${base}/graphql`,
    headers: { cookie },
    retryAttempts: 20,
    retry: () => new Promise((resolve) => setTimeout(resolve, 100)),
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
      const request = { query: eventChanged, variables: { after } };
      return client.subscribe(request, {
        next({ data, errors }) {
          if (errors) return sink.error(errors);
          // The client sends this very request again when it has connected again.
          request.variables.after = data.eventChanged.cursor;
          sink.next(data.eventChanged);
        },
        error: sink.error,
        complete() {},
      });
    },
    close: () => client.dispose(),
  };
}
