// `npm start -- [FOLDER] [--once] [--query "..."] [--port N]`: from a fresh clone to an answer and an open editor.
// This file alone must be readable by any Node that knows modules, so that it can say which Node is needed.
const major = Number(process.versions.node.split('.')[0])
if (major < 20) {
  console.error(`Lateral needs Node 20 or newer; this is Node ${process.versions.node}.`)
  process.exitCode = 2
} else {
  import('./startMain.mjs')
    .then(({ main }) => main(process.argv.slice(2)))
    .then((code) => {
      process.exitCode = code
    })
}
