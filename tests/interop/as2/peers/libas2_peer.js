'use strict'
// libas2 as an AS2 end. One request per line of standard input as JSON, one answer per line. Run in the folder where it is installed.

const path = require('path')
const readline = require('readline')
const here = path.join(process.cwd(), 'node_modules', 'libas2')
const { AS2Composer, AS2Crypto, AS2Disposition, AS2MimeNode, AS2Parser } = require(here)

const SIGNING = { sha1: 'sha-1', sha256: 'sha-256', sha384: 'sha-384', sha512: 'sha-512', ecdsa: 'sha-256' }
const CIPHERS = {
  aes128_cbc: 'aes128-CBC', aes192_cbc: 'aes192-CBC', aes256_cbc: 'aes256-CBC', aes128_gcm: 'aes128-GCM', aes256_gcm: 'aes256-GCM', '3des_cbc': 'des-EDE3-CBC'
}
let keys

// pkijs throws what is no Error
const said = fault => (fault instanceof Error ? `${fault.name}: ${fault.message}` : JSON.stringify(fault).slice(0, 200))
const isSigned = cell => cell.mdn === 'signed' || cell.mdn === 'async'
const own = cell => (cell.sign === 'ecdsa' ? { certificate: keys.own_ec_certificate, privateKey: keys.own_ec_key } : { certificate: keys.own_certificate, privateKey: keys.own_key })
const others = cell => (cell.sign === 'ecdsa' ? keys.other_ec_certificate : keys.other_certificate)
const mdnSigning = cell => SIGNING[cell.sign] || 'sha-256'

function composing (cell, url) {
  const host = { name: keys.own_name, id: keys.own_name, url: url || 'http://127.0.0.1:1/', ...own(cell), decrypt: false, sign: SIGNING[cell.sign] || false }
  if (cell.mdn !== 'none') host.mdn = { async: cell.mdn === 'async', signing: isSigned(cell) ? mdnSigning(cell) : false }
  const encrypt = CIPHERS[cell.encrypt] || false
  const partner = { name: keys.other_name, id: keys.other_name, url: 'http://127.0.0.1:1/', certificate: keys.other_certificate, encrypt, verify: false }
  return { host, partner }
}

// an agreement has one certificate for both purposes: the MDN is made after decryption, with the certificate that verifies
function receiving (cell) {
  const host = { name: keys.own_name, id: keys.own_name, url: 'http://127.0.0.1:1/', ...own(cell), decrypt: false, sign: true }
  const partner = { name: keys.other_name, id: keys.other_name, url: 'http://127.0.0.1:1/', certificate: others(cell), encrypt: false, verify: cell.sign !== 'none', mdn: { async: cell.mdn === 'async', signing: isSigned(cell) ? mdnSigning(cell) : false } }
  return { host, partner }
}

async function taken (node) {
  const raw = await node.build()
  const end = raw.indexOf('\r\n\r\n')
  const lines = raw.slice(0, end).toString('latin1').replace(/\r\n[ \t]+/g, ' ').split('\r\n')
  const headers = lines.map(line => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()])
  return { headers, body: raw.slice(end + 4) }
}

const whole = (headers, body) => Buffer.concat([Buffer.from(headers.map(([name, value]) => `${name}: ${value}\r\n`).join('') + '\r\n', 'latin1'), Buffer.from(body, 'base64')])

async function seal ({ cell, payload, mdn_url: url }) {
  const contentType = cell.payload === 'binary' ? 'application/octet-stream' : 'application/edi-x12'
  const composer = new AS2Composer({ message: { filename: 'order.edi', contentType, contentDisposition: true, content: Buffer.from(payload, 'base64') }, agreement: composing(cell, url) })
  const node = await composer.compile()
  const { headers, body } = await taken(node)
  return { headers, body: body.toString('base64'), message_id: node.messageId(), mic: null }
}

async function receive ({ cell, headers, body }) {
  const received = await AS2Parser.parse(whole(headers, body))
  let node = received
  if (cell.encrypt !== 'none') {
    node = await received.decrypt({ cert: keys.own_certificate, key: keys.own_key })
    node.setHeader([{ key: 'Message-ID', value: received.messageId() }, { key: 'AS2-To', value: keys.own_name }])
  }
  const out = await node.dispositionOut({ agreement: new (require(here).AS2Composer)({ message: {}, agreement: receiving(cell) })._agreement })
  const said = out.disposition.notification
  const answer = { fault: said.disposition.processed ? '' : said.disposition.description.text, mic: null }
  if (!answer.fault) answer.payload = Buffer.from(out.contentNode.content).toString('base64')
  if (said.receivedContentMic) answer.mic = `${said.receivedContentMic.mic}, ${said.receivedContentMic.algorithm}`
  if (cell.mdn !== 'none') {
    const mdn = await taken(out.dispositionNode)
    answer.mdn = [mdn.headers, mdn.body.toString('base64')]
  }
  return answer
}

// it leaves the comparison with what was sent to its caller
async function judge ({ cell, message_id: id, headers, body }) {
  const node = await AS2Parser.parse(whole(headers, body))
  const mdn = await node.dispositionIn(isSigned(cell) ? { cert: others(cell) } : undefined)
  const said = mdn.notification
  if (!said) return { fault: 'no notification' }
  if (!said.disposition.processed || said.disposition.description) return { fault: 'not processed' }
  if (said.originalMessageId !== id) return { fault: 'about another message' }
  return { fault: isSigned(cell) && !(said.receivedContentMic && said.receivedContentMic.mic) ? 'no digest' : '' }
}

const deeds = {
  keys: async values => {
    keys = values
    return { version: require(path.join(here, 'package.json')).version }
  },
  seal,
  receive: async request => {
    try {
      return await receive(request)
    } catch (fault) {
      return { fault: said(fault) }
    }
  },
  judge: async request => {
    try {
      return await judge(request)
    } catch (fault) {
      return { fault: said(fault) }
    }
  }
}

async function main () {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const request = JSON.parse(line)
    let answer
    try {
      answer = await deeds[request.do](request)
    } catch (fault) {
      answer = { error: said(fault) }
    }
    process.stdout.write(JSON.stringify(answer) + '\n')
  }
}

main()
