import { GraphiQL } from 'graphiql'
import { useMemo, useRef, useState } from 'react'
import { exampleTabs } from './examples'
import { createFetcher, type Transport } from './fetcher'
import { Header } from './header'
import { EditorOptions, FreshKeyButton } from './toolbar'

export function Playground() {
  const [transport, setTransport] = useState<Transport>('websocket')
  const chosen = useRef(transport)
  const fetcher = useMemo(() => createFetcher(() => chosen.current), [])
  const tabs = useMemo(exampleTabs, [])
  const choose = (next: Transport) => {
    chosen.current = next
    setTransport(next)
  }
  return (
    <>
      <Header transport={transport} onTransport={choose} />
      <main>
        {/* Edits outlive a sign-in but not the browser tab: variables may name a person, and machines are shared. */}
        <GraphiQL
          fetcher={fetcher}
          defaultTabs={tabs}
          defaultEditorToolsVisibility="variables"
          storage={sessionStorage}
          showPersistHeadersSettings={false}
        >
          <GraphiQL.Logo> </GraphiQL.Logo>
          <GraphiQL.Toolbar>
            {({ prettify, merge, copy }) => (
              <>
                {prettify}
                {merge}
                {copy}
                <FreshKeyButton />
                <EditorOptions />
              </>
            )}
          </GraphiQL.Toolbar>
        </GraphiQL>
      </main>
    </>
  )
}
