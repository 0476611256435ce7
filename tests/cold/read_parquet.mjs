// SPDX-License-Identifier: Apache-2.0
// Prints the rows of Parquet files, one JSON array of texts a line, read with hyparquet: a reader that shares no code
// with the server. Exact: times as microseconds, dates as days, decimals and bytes as their unscaled number and hex.
//
//   node read_parquet.mjs NODE_MODULES FILE...
import { pathToFileURL } from 'node:url'

const [modules, ...files] = process.argv.slice(2)
const load = path => import(pathToFileURL(`${modules}/${path}`))
const { asyncBufferFromFile, parquetMetadataAsync, parquetRead } = await load('hyparquet/src/node.js')
const { compressors } = await load('hyparquet-compressors/src/index.js')

const text = bytes => bytes && new TextDecoder('utf-8', { fatal: true }).decode(bytes)
const parsers = {
  timestampFromMicroseconds: micros => micros,
  dateFromDays: days => days,
  jsonFromBytes: text,
  stringFromBytes: text,
}

// The sum of the bytes as a signed big-endian number.
function bigEndian(bytes) {
  let value = 0n
  for (const byte of bytes) value = value * 256n + BigInt(byte)
  return BigInt.asIntN(bytes.length * 8, value)
}

function show(value, element) {
  if (value === null || value === undefined) return null
  if (element.isDecimal) return String(value instanceof Uint8Array ? bigEndian(value) : value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return JSON.stringify(Array.from(value))
  return String(value)
}

for (const path of files) {
  const file = await asyncBufferFromFile(path)
  const metadata = await parquetMetadataAsync(file)
  for (const element of metadata.schema) {
    if (element.converted_type !== 'DECIMAL') continue
    // As a number a decimal would lose digits: its bytes are read instead.
    element.isDecimal = true
    delete element.converted_type
    delete element.logical_type
  }
  const top = []
  for (let i = 1; i < metadata.schema.length; i++) {
    top.push(metadata.schema[i])
    let below = metadata.schema[i].num_children ?? 0
    for (; below > 0; below--) below += metadata.schema[++i].num_children ?? 0
  }
  await parquetRead({
    file, metadata, compressors, parsers, utf8: false, rowFormat: 'array',
    onComplete: rows => process.stdout.write(
      rows.map(row => JSON.stringify(row.map((value, i) => show(value, top[i]))) + '\n').join('')),
  })
}
