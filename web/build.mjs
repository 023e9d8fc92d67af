// Bundles every island into the folder named: `node build.mjs FOLDER`.

import { rmSync } from "node:fs";
import { build } from "esbuild";

const folder = process.argv[2];
if (!folder) throw new Error("name the folder to build into");

rmSync(folder, { recursive: true, force: true });
await build({
  entryPoints: ["src/modeller.js", "src/decision.js", "src/verify.js"],
  outdir: folder,
  bundle: true,
  format: "esm",
  minify: true,
  // What the browsers of government offices have.
  target: ["chrome90", "firefox90", "safari15"],
  legalComments: "inline",
  loader: { ".woff2": "file", ".woff": "empty", ".ttf": "empty", ".eot": "empty", ".svg": "empty" },
  assetNames: "[name]-[hash]",
  logLevel: "warning",
});
