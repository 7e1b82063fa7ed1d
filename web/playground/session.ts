import { useEffect, useState } from 'react'
import { request } from './http'

export type SessionState = 'loading' | 'in' | 'out' | 'unknown'

/** Who the cookie says is calling; asked again when the window is returned to, since sign-in may happen elsewhere. */
export function useSession(): SessionState {
  const [state, setState] = useState<SessionState>('loading')
  useEffect(() => {
    const read = () => void readSession().then(setState)
    read()
    window.addEventListener('focus', read)
    return () => window.removeEventListener('focus', read)
  }, [])
  return state
}

async function readSession(): Promise<SessionState> {
  const answer = await request({ query: '{ session { state } }' })
  const state: string | undefined = answer.data?.session?.state
  if (state === undefined) return 'unknown'
  return state === 'ACTIVE' || state === 'EXPIRING' ? 'in' : 'out'
}

/** The page that lists the sandbox's residents; undefined where there is no sandbox. */
export function useSandboxUrl(): string | undefined {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    fetch('/playground/config.json')
      .then((response) => response.json())
      .then((config: { sandboxUrl?: string }) => setUrl(config.sandboxUrl))
      .catch(() => setUrl(undefined)) // without it the page is whole but for one hint
  }, [])
  return url
}
