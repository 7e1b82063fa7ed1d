import type { GraphiQLProps } from 'graphiql'
import { getOperationAST, parse, type OperationDefinitionNode } from 'graphql'
import { request, type Answer, type Headers, type Operation } from './http'
import { streamOverSse, streamOverWebSocket } from './stream'

export type Transport = 'websocket' | 'sse'

type Fetcher = GraphiQLProps['fetcher']

/** A fetcher that sends subscriptions over the transport chosen at that moment, and all else over HTTP POST. */
export function createFetcher(transport: () => Transport): Fetcher {
  return ({ query, variables, operationName }, options) => {
    const named = find(query, operationName)
    const operation: Operation = {
      query,
      variables: variables ?? undefined,
      operationName: named?.name?.value,
    }
    const headers: Headers = options?.headers ?? {}
    if (named?.operation !== 'subscription') return request(operation, headers)
    if (transport() === 'sse') return streamOverSse(operation, headers)
    return Object.keys(headers).length === 0 ? streamOverWebSocket(operation) : noHeaders
  }
}

const noHeaders: Answer = {
  errors: [{ message: 'A browser cannot send headers over a WebSocket. Choose server-sent events.' }],
}

/**
 * The operation to run. Just after a change of tab GraphiQL still names the other tab's; then it is the only one in
 * the document. Undefined when that leaves a doubt or the document does not parse: the server says what is wrong.
 */
function find(query: string, name?: string | null): OperationDefinitionNode | undefined {
  try {
    const document = parse(query)
    return getOperationAST(document, name) ?? getOperationAST(document) ?? undefined
  } catch {
    return undefined
  }
}
