// Lists the texts of the drawing tool that src/vi.js does not translate. The build stops on any; `node check.mjs` prints them.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import vi from './src/vi.js';

const here = dirname(fileURLToPath(import.meta.url));
const folders = ['bpmn-js/lib', 'diagram-js/lib', 'diagram-js-direct-editing/lib'];

// Texts put together from pieces in the source, so that no pattern can read them off.
const composed = ['left', 'right', 'center', 'top', 'bottom', 'middle'].map((side) => `Align elements ${side}`);
// Matches of the pattern that never reach a person: an example in a comment, and the stem of `composed`.
const notTexts = new Set(['HELLO {you}', 'Align elements ']);

function* scripts(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* scripts(path);
    else if (entry.name.endsWith('.js')) yield path;
  }
}

function* textsOf(source) {
  for (const match of source.matchAll(/(?<!['"])\btranslate\(\s*'((?:[^'\\]|\\.)+)'\s*[,)]/g)) yield match[1];
  for (const match of source.matchAll(/\blabel: '((?:[^'\\]|\\.)+)'/g)) yield match[1];
  for (const match of source.matchAll(/_ERR_MSG = '((?:[^'\\]|\\.)+)'/g)) yield match[1];
}

export function missingTranslations() {
  const texts = new Set(composed);
  for (const folder of folders) {
    for (const path of scripts(join(here, 'node_modules', folder))) {
      for (const text of textsOf(readFileSync(path, 'utf8'))) texts.add(text);
    }
  }
  return [...texts].filter((text) => !notTexts.has(text) && !vi[text]).sort();
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const missing = missingTranslations();
  console.log(missing.length ? missing.join('\n') : 'Every text is translated.');
  process.exitCode = missing.length ? 1 : 0;
}
