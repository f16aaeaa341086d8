import { defineConfig } from 'vitest/config'

/** Unit, integration and hygiene tests. The editor's own tests run inside VS Code: see CONTRIBUTING.md. */
export default defineConfig({
  test: {
    include: ['test/{unit,integration,hygiene}/**/*.test.ts'],
    // Native packages (ONNX Runtime, SQLite) are not safe to load in several threads of one process.
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 60_000,
    globalSetup: ['test/support/buildOnce.ts'],
    coverage: {
      provider: 'v8',
      include: ['server/src/{chunk,index,search}/**/*.ts'],
      // An entry point only connects a channel; it runs in a process of its own, where coverage cannot look.
      exclude: ['**/*Worker.ts', '**/types.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: {
        'server/src/chunk/**': { lines: 85 },
        'server/src/index/**': { lines: 85 },
        'server/src/search/**': { lines: 85 },
      },
    },
  },
})
