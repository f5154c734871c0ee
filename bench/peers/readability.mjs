// Peer: @mozilla/readability on linkedom, over the pages that bench_extraction_eval reads.
//
//   node bench/peers/readability.mjs MODULES LIST > predictions.jsonl
//
// MODULES is a folder in which `npm install @mozilla/readability linkedom` was run; LIST is a file
// (or - for stdin) with the path of one HTML file a line. Writes {"id","text"} a line, the id being
// the file's name without its extension. The last line on stderr is
// {"peer","pages","failed","cpu_seconds","pages_per_cpu_second"}: decoding, parsing and extraction,
// all threads, without the reading of files.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, resolve } from 'node:path';

const [modules, list] = process.argv.slice(2);
if (!modules || !list) {
  console.error('usage: readability.mjs MODULES LIST > predictions.jsonl');
  process.exit(2);
}
const require = createRequire(resolve(modules, 'package.json'));
const { Readability } = require('@mozilla/readability');
const { parseHTML } = require('linkedom');

// The declared character set, as far as a peer of this kind goes: byte order mark, meta, UTF-8.
function decode(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  const head = bytes.subarray(0, 4096).toString('latin1');
  const declared = /<meta[^>]+charset\s*=\s*["']?([\w-]+)/i.exec(head);
  try {
    return new TextDecoder(declared ? declared[1] : 'utf-8').decode(bytes);
  } catch {
    return new TextDecoder('utf-8').decode(bytes);
  }
}

const kBlocks = new Set(['ADDRESS', 'ARTICLE', 'ASIDE', 'BLOCKQUOTE', 'BR', 'DD', 'DIV', 'DL', 'DT',
  'FIGCAPTION', 'FIGURE', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'HR', 'LI', 'OL', 'P', 'PRE',
  'SECTION', 'TABLE', 'TD', 'TH', 'TR', 'UL']);

// Text with a line break at each border of a block, which `textContent` would glue together.
function textOf(root) {
  let out = '';
  const walk = (node) => {
    for (let at = node.firstChild; at; at = at.nextSibling) {
      if (at.nodeType === 3) {
        out += at.nodeValue;
      } else if (at.nodeType === 1) {
        const block = kBlocks.has(at.tagName.toUpperCase());
        if (block) out += '\n';
        walk(at);
        if (block) out += '\n';
      }
    }
  };
  walk(root);
  return out.replace(/[ \t]+/g, ' ').replace(/\s*\n\s*/g, '\n').trim();
}

function extract(bytes) {
  const { document } = parseHTML(decode(bytes));
  const article = new Readability(document, { serializer: (element) => element }).parse();
  return article && article.content ? textOf(article.content) : '';
}

let pages = 0, failed = 0, microseconds = 0;
const paths = readFileSync(list === '-' ? 0 : list, 'utf8').split('\n').filter(Boolean);
for (const path of paths) {
  const bytes = readFileSync(path);
  const begin = process.cpuUsage();
  let text = '';
  try {
    text = extract(bytes);
  } catch {
    ++failed;
  }
  const used = process.cpuUsage(begin);
  microseconds += used.user + used.system;
  ++pages;
  const id = basename(path).replace(/\.[^.]*$/, '');
  process.stdout.write(JSON.stringify({ id, text }) + '\n');
}
const seconds = microseconds / 1e6;
console.error(JSON.stringify({ peer: '@mozilla/readability + linkedom', pages, failed,
  cpu_seconds: +seconds.toFixed(3), pages_per_cpu_second: +(pages / seconds).toFixed(1) }));
