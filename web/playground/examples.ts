import type { GraphiQLProps } from 'graphiql'

// In the order of the tabs.
const names = [
  'home',
  'partners',
  'generate-vid',
  'reveal-vid',
  'revoke-vid',
  'vid-card',
  'uin-card',
  'set-auth-locks',
  'unlock-for-a-while',
  'attributes',
  'shares',
  'personalized-card',
  'physical-card',
  'event-changed',
  'resume-events',
  'event',
  'access-log',
  'service-history-pdf',
  'report-grievance',
  'node',
  'session',
]

const documents = import.meta.glob<string>('./examples/*.graphql', { query: '?raw', import: 'default', eager: true })
const variables = import.meta.glob<string>('./examples/*.json', { query: '?raw', import: 'default', eager: true })

/** One tab for each example, with a fresh idempotency key wherever its variables say "$uuid". */
export function exampleTabs(): NonNullable<GraphiQLProps['defaultTabs']> {
  return names.map((name) => ({
    query: documents[`./examples/${name}.graphql`] ?? null,
    variables: variables[`./examples/${name}.json`]?.replaceAll('$uuid', () => crypto.randomUUID()) ?? null,
  }))
}

/** Puts a fresh key into the `key` variable; text without one stays as it is. */
export function withFreshKey(text: string): string {
  return text.replace(/("key"\s*:\s*)"[^"]*"/, (_, name: string) => `${name}"${crypto.randomUUID()}"`)
}
