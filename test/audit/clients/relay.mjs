import { createClient } from 'graphql-sse';
import relay from 'relay-runtime';
import eventChanged from '../relay/artifacts/residentEventChangedSubscription.graphql.js';
import historyPage from '../relay/artifacts/residentHistoryPaginationQuery.graphql.js';
import homeQuery from '../relay/artifacts/residentHomeQuery.graphql.js';
import setAuthLocksMutation from '../relay/artifacts/residentSetAuthLocksMutation.graphql.js';
import { home, setAuthLocks } from '../documents.mjs';

const { Environment, Network, Observable, RecordSource, Store, commitMutation, fetchQuery, requestSubscription } = relay;

export const name = 'Relay';

/** Relay with fetch for queries and mutations, and graphql-sse for subscriptions. */
export function open(base, cookie) {
  const url = `${base}/graphql`;
  const stream = createClient({
    url,
    headers: { cookie },
    retryAttempts: 20,
    retry: () => new Promise((resolve) => setTimeout(resolve, 100)),
  });
  const send = async ({ text }, variables) => {
    const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json', cookie };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: text, variables }) });
    return response.json();
  };
  const subscribe = ({ text }, variables) => {
    const request = { query: text, variables: { ...variables } };
    return Observable.create((sink) =>
      stream.subscribe(request, {
        next(result) {
          request.variables.after = result.data?.eventChanged?.cursor ?? request.variables.after;
          sink.next(result);
        },
        error: sink.error,
        complete: sink.complete,
      }),
    );
  };
  const environment = new Environment({ network: Network.create(send, subscribe), store: new Store(new RecordSource()) });
  const mutate = (mutation, variables) =>
    new Promise((resolve, reject) => {
      commitMutation(environment, {
        mutation,
        variables,
        onCompleted: (data, errors) => (errors ? reject(new Error(JSON.stringify(errors))) : resolve(data)),
        onError: reject,
      });
    });
  return {
    ask(document, variables = {}) {
      if (document === setAuthLocks) return mutate(setAuthLocksMutation, variables);
      if (document === home) return fetchQuery(environment, homeQuery, variables, { fetchPolicy: 'network-only' }).toPromise();
      throw new Error('Relay knows compiled operations only');
    },
    /** Fetches a page as usePaginationFragment would: through `node` with the resident's own id. */
    async own() {
      const { viewer } = await fetchQuery(environment, homeQuery, {}, { fetchPolicy: 'network-only' }).toPromise();
      const { node } = await fetchQuery(environment, historyPage, { id: viewer.id, first: 1 }).toPromise();
      if (node?.__id !== viewer.id) throw new Error('node does not find the resident again');
    },
    follow(after, sink) {
      const { dispose } = requestSubscription(environment, {
        subscription: eventChanged,
        variables: { after },
        onNext: (data) => sink.next(structuredClone(data.eventChanged)),
        onError: sink.error,
      });
      return dispose;
    },
    close: () => stream.dispose(),
  };
}
