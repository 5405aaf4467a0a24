// Builds web/static/vendor from the pinned packages and from src/. Same input, same bytes: no dates, no absolute paths.
// `node build.mjs [folder]`; without a folder it writes where the application serves from.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { missingTranslations } from './check.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(process.argv[2] ?? join(here, '../static/vendor'));
const packages = join(here, 'node_modules');

// The icon font names five formats; every browser we support reads woff2, so the other four stay out.
const onlyWoff2 = {
  name: 'only-woff2',
  setup(builder) {
    builder.onLoad({ filter: /bpmn-font[\\/]css[\\/]bpmn\.css$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const face = "@font-face { font-family: 'bpmn'; src: url('../font/bpmn.woff2') format('woff2'); font-display: block; }";
      return { contents: text.replace(/@font-face\s*\{[^}]*\}/, face), loader: 'css' };
    });
  },
};

async function bundle() {
  const { metafile } = await build({
    absWorkingDir: here,
    entryPoints: ['src/viewer.js', 'src/modeler.js'],
    outdir: target,
    bundle: true,
    minify: true,
    charset: 'utf8',
    format: 'iife',
    target: ['chrome109', 'firefox115', 'safari15.6'],
    legalComments: 'none',
    loader: { '.woff2': 'file' },
    assetNames: '[name]',
    metafile: true,
    plugins: [onlyWoff2],
    logLevel: 'warning',
  });
  const found = Object.keys(metafile.inputs).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  return new Set(found.filter(Boolean));
}

// Taken over as their makers built them; the reference to a source map that we do not ship is cut off.
function copyReadyMade() {
  for (const [from, to] of [['htmx.org/dist/htmx.min.js', 'htmx.min.js'], ['bootstrap/dist/css/bootstrap.min.css', 'bootstrap.min.css']]) {
    const text = readFileSync(join(packages, from), 'utf8');
    writeFileSync(join(target, to), text.replace(/\n?(\/\/|\/\*)# sourceMappingURL=.*\s*$/, '') + '\n');
  }
  return ['htmx.org', 'bootstrap'];
}

function licenceOf(name) {
  const folder = join(packages, name);
  const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).sort().find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? readFileSync(join(folder, file), 'utf8').replace(/\r\n/g, '\n').trim() : `Licence: ${about.license}`;
  return `${'='.repeat(78)}\n${name} ${about.version} (${about.license})\n${'='.repeat(78)}\n${text}\n`;
}

function writeLicences(names) {
  const font = 'bpmn.woff2 is the icon font "bpmn-font" of bpmn.io, as shipped with bpmn-js (SIL Open Font License 1.1).\n';
  const parts = [...names].sort().map(licenceOf);
  writeFileSync(join(target, 'LICENSES.txt'), ['Third-party software in this folder.\n', font, ...parts].join('\n'));
}

function writeSums() {
  const names = readdirSync(target).filter((name) => name !== 'SHA256SUMS').sort();
  const lines = names.map((name) => `${createHash('sha256').update(readFileSync(join(target, name))).digest('hex')}  ${name}\n`);
  writeFileSync(join(target, 'SHA256SUMS'), lines.join(''));
}

const missing = missingTranslations();
if (missing.length) {
  console.error(`Not translated in src/vi.js:\n  ${missing.join('\n  ')}`);
  process.exit(1);
}
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const used = await bundle();
copyReadyMade().forEach((name) => used.add(name));
writeLicences(used);
writeSums();
