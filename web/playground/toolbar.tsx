import { ToolbarButton, useGraphiQL } from '@graphiql/react'
import { useEffect } from 'react'
import { withFreshKey } from './examples'

/** Makes the `key` variable of the open tab fresh, as opening a form anew would. */
export function FreshKeyButton() {
  const variables = useGraphiQL((state) => state.variableEditor)
  return (
    <ToolbarButton label="New idempotency key" onClick={() => variables?.setValue(withFreshKey(variables.getValue()))}>
      <svg className="graphiql-toolbar-icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" aria-hidden>
        <circle cx="7" cy="15" r="4" />
        <path d="m10 12 9-9m-4 4 4 4" />
      </svg>
    </ToolbarButton>
  )
}

/** What GraphiQL has no property for: long lines wrap, and the last line's number is as legible as the others. */
export function EditorOptions() {
  const query = useGraphiQL((state) => state.queryEditor)
  const variables = useGraphiQL((state) => state.variableEditor)
  const response = useGraphiQL((state) => state.responseEditor)
  useEffect(() => {
    for (const editor of [query, variables, response]) {
      editor?.updateOptions({ wordWrap: 'on', wrappingIndent: 'indent', renderFinalNewline: 'on' })
    }
  }, [query, variables, response])
  return null
}
