// Writes each block of TypeScript of README.md to build/readme/, so that the compiler reads it.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";

const ROOT = new URL("../", import.meta.url);
const FOLDER = new URL("build/readme/", ROOT);
const text = await readFile(new URL("README.md", ROOT), "utf8");

await rm(FOLDER, { recursive: true, force: true });
await mkdir(FOLDER, { recursive: true });
const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block);
// One module, as a later block goes on with what an earlier one has.
const source = blocks.join("\n").replaceAll('"@command-workflows/client"', '"../../src/index.js"');
await writeFile(new URL("readme.ts", FOLDER), `${source}\nexport {};\n`);
