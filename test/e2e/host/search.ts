import assert from 'node:assert/strict'
import * as vscode from 'vscode'
import { CommandId } from '../../../client/src/commandIds.ts'
import type { Explanation, SearchReply } from '../../../server/src/contract/requests.ts'
import { fileUri, names, search, until, untilReady } from './support.ts'

describe('search', () => {
  before(untilReady)

  it('explains a result in a document', async () => {
    const query = 'price including tax'
    const hit = (await search(query)).hits.find(({ name }) => name === 'grossTotal')
    assert.ok(hit)
    const explain = (show: boolean): Thenable<Explanation> =>
      vscode.commands.executeCommand(CommandId.resultsExplain, { query, hit, show })
    const { hits } = await explain(false)
    assert.ok(hits[0]?.words.some(({ word }) => word === 'tax'))
    await explain(true)
    await until('the explanation', 5000, async () =>
      vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).some(({ label }) => label.includes('Why This Result')),
    )
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor')
  })

  it('returns hits to a caller', async () => {
    const { hits } = await search('price including tax')
    const hit = hits.find(({ name }) => name === 'grossTotal')
    assert.equal(hit?.path, 'src/billing/invoice.ts')
    assert.equal(hit.uri, fileUri('src/billing/invoice.ts').toString())
  })

  it('throws what is wrong with a query at a caller', async () => {
    await assert.rejects(async () => search('kind:nonsense text'))
  })

  it('finds a saved edit within two seconds', async () => {
    const edit = new vscode.WorkspaceEdit()
    const uri = fileUri('tools/sales_report.py')
    const document = await vscode.workspace.openTextDocument(uri)
    const code =
      '\n\ndef quarterly_median(totals: list[float]) -> float:\n    return sorted(totals)[len(totals) // 2]\n'
    edit.insert(uri, document.lineAt(document.lineCount - 1).range.end, code)
    await vscode.workspace.applyEdit(edit)
    await document.save()
    await until('the new function', 2000, async () => (await names('quarterly_median')).includes('quarterly_median'))
  })
})

describe('related code', () => {
  before(untilReady)

  it('is returned to a caller', async () => {
    const target = { uri: fileUri('src/billing/invoice.ts').toString(), line: 8, limit: 3, show: false }
    const reply = await vscode.commands.executeCommand<SearchReply>('lateral.findRelated', target)
    assert.ok(reply.hits.length > 0)
    assert.ok(!reply.hits.some(({ name }) => name === 'grossTotal'))
  })

  it('fills the side bar, from where it can be copied and cleared', async () => {
    const target = { uri: fileUri('src/billing/invoice.ts').toString(), line: 8 }
    const reply = await vscode.commands.executeCommand<SearchReply>('lateral.findRelated', target)
    const text = await vscode.commands.executeCommand<string>('lateral.results.copy')
    assert.ok(text.includes(reply.hits[0]!.path))
    await vscode.commands.executeCommand('lateral.clearResults')
    assert.equal(await vscode.commands.executeCommand('lateral.results.copy'), '')
  })

  it('is in the hover, with a link to all of it', async () => {
    const uri = fileUri('src/billing/invoice.ts')
    await vscode.window.showTextDocument(uri)
    await until('the hover', 5000, async () => {
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
        'vscode.executeHoverProvider',
        uri,
        new vscode.Position(7, 20),
      )
      const texts = hovers
        .flatMap(({ contents }) => contents)
        .map((content) => (content as vscode.MarkdownString).value)
      return texts.some((text) => text.includes('Related code') && text.includes('command:lateral.findRelated'))
    })
  })
})
