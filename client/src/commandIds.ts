/** Every command the extension registers; `package.json` declares the same ones, which a test compares. */
export const CommandId = {
  search: 'lateral.search',
  searchSelection: 'lateral.searchSelection',
  searchInFolder: 'lateral.searchInFolder',
  findRelated: 'lateral.findRelated',
  indexBuild: 'lateral.index.build',
  indexPause: 'lateral.index.pause',
  indexResume: 'lateral.index.resume',
  indexStop: 'lateral.index.stop',
  indexRebuild: 'lateral.index.rebuild',
  indexStatus: 'lateral.index.status',
  tune: 'lateral.tune',
  modelDownload: 'lateral.model.download',
  modelImport: 'lateral.model.import',
  modelSelect: 'lateral.model.select',
  modelRemove: 'lateral.model.remove',
  showLog: 'lateral.showLog',
  resultsOpen: 'lateral.results.open',
  resultsExplain: 'lateral.results.explain',
  resultsMoreLikeThis: 'lateral.results.moreLikeThis',
  resultsRefresh: 'lateral.results.refresh',
  resultsCopy: 'lateral.results.copy',
  resultsViewAsList: 'lateral.results.viewAsList',
  resultsViewAsTree: 'lateral.results.viewAsTree',
  clearResults: 'lateral.clearResults',
} as const

export type CommandId = (typeof CommandId)[keyof typeof CommandId]

/** Keys of `when` clauses that the extension sets. */
export const ContextKey = {
  hasResults: 'lateral.hasResults',
  resultsAsList: 'lateral.resultsAsList',
  indexing: 'lateral.indexing',
  paused: 'lateral.paused',
} as const

export const RESULTS_VIEW = 'lateral.results'
export const CONTAINER = 'lateral'
