import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  base: '/playground/',
  plugins: [react()],
  build: {
    // One page per front end, each in a folder of its name.
    rolldownOptions: {
      input: { playground: 'playground.html' },
      // GraphiQL's modules opt out of the React compiler, which this build does not run.
      checks: { moduleLevelDirective: false },
    },
    // The editor and its workers are large by nature, and nothing on the page is useful without them.
    chunkSizeWarningLimit: 4000,
  },
  worker: { format: 'es' },
  server: {
    proxy: {
      '/graphql': { target: 'http://localhost:8080', ws: true },
      '/auth': 'http://localhost:8080',
      '/playground/config.json': 'http://localhost:8080',
    },
  },
})
