export type Headers = Record<string, string>

export interface Operation {
  query: string
  variables?: Record<string, unknown>
  operationName?: string
}

/** A GraphQL response, as it came or as we must word it when none did. */
export interface Answer {
  data?: any
  errors?: readonly any[]
}

/** The session cookie and a bearer token are two callers at once, which the server refuses: a token goes alone. */
export function credentials(headers: Headers): RequestCredentials {
  const token = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')
  return token ? 'omit' : 'same-origin'
}

/** Posts an operation by the GraphQL over HTTP specification. Never throws: a failure comes back as an error. */
export async function request(operation: Operation, headers: Headers = {}): Promise<Answer> {
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      credentials: credentials(headers),
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/graphql-response+json',
        ...headers,
      },
      body: JSON.stringify(operation),
    })
    const json = /^application\/(graphql-response\+)?json\b/.test(response.headers.get('Content-Type') ?? '')
    return json ? await response.json() : failed(`The server answered ${response.status} and no GraphQL.`)
  } catch (error) {
    return failed(`The server could not be reached: ${(error as Error).message}`)
  }
}

function failed(message: string): Answer {
  return { errors: [{ message }] }
}
