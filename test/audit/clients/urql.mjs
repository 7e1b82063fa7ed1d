import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-sse';
import { eventChanged } from '../documents.mjs';

export const name = 'urql';

/** urql with its fetch exchange for queries and mutations, and graphql-sse for subscriptions. */
export function open(base, cookie) {
  const url = `${base}/graphql`;
  const stream = createClient({
    url,
    headers: { cookie },
    retryAttempts: 20,
    retry: () => new Promise((resolve) => setTimeout(resolve, 100)),
  });
  const client = new Client({
    url,
    preferGetMethod: false,
    fetchOptions: { headers: { cookie } },
    exchanges: [
      fetchExchange,
      subscriptionExchange({
        forwardSubscription({ query, variables }) {
          const request = { query, variables: { ...variables } };
          return {
            subscribe: (sink) => ({
              unsubscribe: stream.subscribe(request, {
                ...sink,
                next(result) {
                  request.variables.after = result.data?.eventChanged?.cursor ?? request.variables.after;
                  sink.next(result);
                },
                error: (err) => sink.error(err),
                complete: () => sink.complete(),
              }),
            }),
          };
        },
      }),
    ],
  });
  return {
    async ask(query, variables) {
      const send = query.includes('mutation') ? client.mutation : client.query;
      const { data, error } = await send.call(client, query, variables ?? {}, { requestPolicy: 'network-only' }).toPromise();
      if (error) throw error;
      return data;
    },
    follow(after, sink) {
      const { unsubscribe } = client.subscription(eventChanged, { after }).subscribe(({ data, error }) => {
        if (error) sink.error(error);
        else sink.next(data.eventChanged);
      });
      return unsubscribe;
    },
    close: () => stream.dispose(),
  };
}
