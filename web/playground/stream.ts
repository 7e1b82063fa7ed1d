import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createWebSocketClient } from 'graphql-ws'
import { credentials, type Answer, type Headers, type Operation } from './http'

// No client may reconnect by itself: it would subscribe with the same `after` again and repeat what was seen.
const retryAttempts = 0

const webSocket = createWebSocketClient({
  url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
  retryAttempts,
})

/** Follows a subscription by the graphql-transport-ws protocol. The session cookie says who is calling. */
export function streamOverWebSocket(operation: Operation): AsyncIterable<Answer> {
  return keepingLast(webSocket.iterate(operation))
}

/** Follows a subscription by the GraphQL over Server-Sent Events protocol, one connection for each. */
export function streamOverSse(operation: Operation, headers: Headers): AsyncIterable<Answer> {
  const client = createSseClient({ url: '/graphql', headers, credentials: credentials(headers), retryAttempts })
  return keepingLast(client.iterate(operation))
}

/**
 * When a stream breaks, repeats the last frame with the error beside it: its cursor is needed to resume.
 * Not a generator, whose return() would wait for the next frame before it closed the stream.
 */
function keepingLast(frames: AsyncIterableIterator<Answer>): AsyncIterableIterator<Answer> {
  let last: Answer = {}
  let over = false
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      if (over) return { done: true, value: undefined }
      try {
        const frame = await frames.next()
        if (!frame.done) last = frame.value
        return frame
      } catch (error) {
        over = true
        return { done: false, value: { ...last, errors: errorsOf(error) } }
      }
    },
    async return() {
      over = true
      return (await frames.return?.()) ?? { done: true, value: undefined }
    },
  }
}

/** What the clients throw: the GraphQL errors of the server, a close event, or an Error. */
function errorsOf(thrown: unknown): { message: string }[] {
  if (Array.isArray(thrown)) return thrown
  if (thrown instanceof CloseEvent) {
    return [{ message: `The connection ended: ${thrown.code} ${thrown.reason}`.trimEnd() }]
  }
  return [{ message: thrown instanceof Error ? thrown.message : 'The connection ended.' }]
}
