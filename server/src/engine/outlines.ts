import type { FolderView } from '../index/folderView.ts'
import type { FileOutline } from './sessionProtocol.ts'

/** The units of those of these files that the view has. O(their units). */
export const outlinesOf = (view: FolderView, paths: readonly string[]): FileOutline[] =>
  paths.flatMap((file) => {
    const row = view.fileRow(file)
    return row ? [outlineOf(view, file, row.contentHash)] : []
  })

function outlineOf(view: FolderView, file: string, contentHash: string): FileOutline {
  const units = view.unitsOfFile(view.fileOrdinal(file)!).map((each) => {
    const { name, container, startLine, endLine, nameLine, linesHash, headHash } = view.unit(each)
    const hashes = { ...(linesHash !== undefined && { linesHash }), ...(headHash !== undefined && { headHash }) }
    return { name, container, startLine, endLine, nameLine, ...hashes }
  })
  return { path: file, contentHash, units }
}
