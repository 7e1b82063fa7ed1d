// Reads a PDF from standard input with PDF.js and prints, as JSON, what its structure tells: one entry per element that
// has content, in the order of reading. The argument is a password.
import { readFileSync } from 'node:fs'

// Drawing is what PDF.js needs a matrix for, and a canvas that is left uninstalled. Reading needs neither.
globalThis.DOMMatrix ??= class {}
console.warn = () => {}
const { getDocument } = await import('pdfjs-dist/legacy/build/pdf.mjs')

const read = async () => {
  const pdf = await getDocument({ data: new Uint8Array(readFileSync(0)), password: process.argv[2], verbosity: 0 }).promise
  const { info } = await pdf.getMetadata()
  const elements = []
  for (let number = 1; number <= pdf.numPages; number++) {
    const page = await pdf.getPage(number)
    const { items } = await page.getTextContent({ includeMarkedContent: true, disableNormalization: true })
    const { marked, artifacts } = byMark(items)
    collect(await page.getStructTree(), marked, number, elements)
    elements.push({ role: 'Artifact', page: number, text: artifacts.map((items) => join(items)).join('|') })
  }
  return { pages: pdf.numPages, title: info.Title, lang: info.Language, marked: (await pdf.getMarkInfo())?.Marked, elements }
}

const byMark = (items) => {
  const marked = new Map()
  const artifacts = []
  let into = null
  for (const item of items) {
    if (item.type === 'beginMarkedContentProps' || item.type === 'beginMarkedContent') {
      into = []
      if (item.id) marked.set(item.id, into)
      else artifacts.push(into)
    } else if (item.type === 'endMarkedContent') into = null
    else if (item.str) {
      if (!into) throw new Error(`text outside of marked content: ${item.str}`)
      into.push(item)
    }
  }
  return { marked, artifacts: artifacts.filter((items) => items.length) }
}

const collect = (node, marked, page, elements) => {
  if (!node) return
  const items = (node.children ?? []).filter((kid) => kid.type === 'content').flatMap((kid) => marked.get(kid.id) ?? [])
  if (node.role !== 'Root') {
    elements.push({
      role: node.role, page, text: join(items), alt: node.alt ?? '',
      left: Math.min(...items.map((item) => item.transform[4])),
      right: Math.max(...items.map((item) => item.transform[4] + item.width)),
      y: items[0]?.transform[5],
    })
  }
  for (const kid of node.children ?? []) if (kid.type !== 'content') collect(kid, marked, page, elements)
}

// PDF.js keeps a space between two items only where the second is to the right of the first. Elsewhere the gap tells.
const join = (items) => items.reduce((text, item, at) => {
  const last = items[at - 1]
  if (!last) return item.str
  const size = item.transform[0]
  const gap = Math.max(item.transform[4] - last.transform[4] - last.width, last.transform[4] - item.transform[4] - item.width)
  const apart = gap > size / 10 || Math.abs(item.transform[5] - last.transform[5]) > size / 2
  return text + (apart && !/\s$/.test(text) && !/^\s/.test(item.str) ? ' ' : '') + item.str
}, '').trim()

try {
  console.log(JSON.stringify(await read()))
} catch (error) {
  console.log(JSON.stringify({ error: error.name }))
}
