import type { Transport } from './fetcher'
import { useSandboxUrl, useSession, type SessionState } from './session'

interface Props {
  transport: Transport
  onTransport: (transport: Transport) => void
}

/** The bar above the editor: who is calling, how to sign in or out, and how subscriptions travel. */
export function Header({ transport, onTransport }: Props) {
  const session = useSession()
  const sandboxUrl = useSandboxUrl()
  return (
    <header className="bar">
      <h1>Resident Graph playground</h1>
      <label>
        Subscriptions over{' '}
        <select value={transport} onChange={(event) => onTransport(event.target.value as Transport)}>
          <option value="websocket">WebSocket</option>
          <option value="sse">server-sent events</option>
        </select>
      </label>
      <p role="status">
        {words[session]}{' '}
        {session === 'out' && sandboxUrl && (
          <>
            The sandbox’s residents, to sign in as, are listed <a href={sandboxUrl}>on the sandbox page</a>.
          </>
        )}
      </p>
      {session === 'in' && <a className="action" href="/auth/logout">Sign out</a>}
      {session === 'out' && <a className="action" href="/auth/login?return=/playground">Sign in</a>}
    </header>
  )
}

const words: Record<SessionState, string> = {
  loading: '',
  in: 'Signed in.',
  out: 'Not signed in.',
  unknown: 'The server does not say who is signed in.',
}
