import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client/core';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient } from 'graphql-ws';
import { OperationTypeNode } from 'graphql';
import { map } from 'rxjs';
import WebSocket from 'ws';
import { socketOf } from './socket.mjs';
import { eventChanged } from '../documents.mjs';

export const name = 'Apollo Client';

// Its link asks the global WebSocket about errors, which Node.js 20 does not have.
globalThis.WebSocket ??= WebSocket;

/** Apollo Client with its HTTP link for queries and mutations, and graphql-ws for subscriptions. */
export function open(base, cookie, origin = base) {
  const socket = createClient({
    url: `${base.replace('http', 'ws')}/graphql`,
    webSocketImpl: socketOf(cookie, origin),
    retryAttempts: 20,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 100)),
    shouldRetry: () => true,
  });
  // The socket's link sends the operation's own variables again when it has connected again.
  const resume = new ApolloLink((operation, forward) =>
    forward(operation).pipe(
      map((result) => {
        operation.variables.after = result.data?.eventChanged?.cursor ?? operation.variables.after;
        return result;
      }),
    ),
  );
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      ApolloLink.from([resume, new GraphQLWsLink(socket)]),
      new HttpLink({ uri: `${base}/graphql`, headers: { cookie } }),
    ),
  });
  return {
    async ask(query, variables) {
      const document = gql(query);
      const { data } = query.includes('mutation')
        ? await client.mutate({ mutation: document, variables })
        : await client.query({ query: document, variables, fetchPolicy: 'network-only' });
      return data;
    },
    follow(after, sink) {
      const subscription = client.subscribe({ query: gql(eventChanged), variables: { after }, fetchPolicy: 'no-cache' }).subscribe({
        next: ({ data, error }) => (error ? sink.error(error) : sink.next(data.eventChanged)),
        error: sink.error,
      });
      return () => subscription.unsubscribe();
    },
    async close() {
      client.stop();
      await socket.dispose();
    },
  };
}
