// Holds messages and modals against `@slack/types`: writes them as TypeScript and lets the compiler judge.
//
// Arguments: the file of JSON lines, each {"surface": "message" | "view", "body": …}. To be run in the folder that holds
// `node_modules`. Ends with 1 and the compiler's words when something does not fit.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const lines = readFileSync(process.argv[2], "utf8").split("\n").filter((line) => line);
const source = ['import type { KnownBlock, ModalView } from "@slack/types";'];
lines.map((line) => JSON.parse(line)).forEach(({ surface, body }, index) => {
  if (surface === "view") source.push(`export const v${index}: ModalView = ${JSON.stringify(body)};`);
  else source.push(`export const m${index}: { text: string; blocks: KnownBlock[] } = ${JSON.stringify({ text: body.text, blocks: body.blocks ?? [] })};`);
});
const folder = mkdtempSync(join(process.cwd(), "checked-"));
const file = join(folder, "sent.ts");
writeFileSync(file, source.join("\n"));
const tsc = join(process.cwd(), "node_modules", "typescript", "bin", "tsc");
const flags = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--moduleResolution", "nodenext", "--target", "es2022"];
const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, ...flags, file], { encoding: "utf8" });
rmSync(folder, { recursive: true });
if (status !== 0) {
  for (const told of (stdout + stderr).split("\n").slice(0, 60)) {
    const at = /\((\d+),/.exec(told);
    console.error(told, at ? lines[at[1] - 2]?.slice(0, 2000) : "");
  }
  process.exit(1);
}
console.log(`${lines.length} fit @slack/types`);
