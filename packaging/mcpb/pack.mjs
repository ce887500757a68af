// Packs a binary into an MCP bundle, together with the manifest (for this
// platform and version), the icon and the license.
//
//   node pack.mjs BINARY OS ARCH VERSION UNIX-TIME FOLDER
//
// The same arguments give the same bytes: entries are stamped with the given
// time, which for a release is the time of its commit.
import { cpSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [binary, os, arch, version, seconds, folder] = process.argv.slice(2);
if (!folder || !/^[0-9]+$/.test(seconds)) {
  console.error("usage: node pack.mjs BINARY OS ARCH VERSION UNIX-TIME FOLDER");
  process.exit(2);
}
const platform = { darwin: "darwin", linux: "linux", windows: "win32" }[os];
if (!platform) {
  console.error(`pack.mjs: there are no bundles for ${os}`);
  process.exit(2);
}

// The packer would stamp entries with the current local time.
process.env.TZ = "UTC";
const Now = Date;
globalThis.Date = class extends Now {
  constructor(...args) {
    super(...(args.length ? args : [Number(seconds) * 1000]));
  }
};
const { packExtension } = await import("@anthropic-ai/mcpb");

const here = dirname(fileURLToPath(import.meta.url));
const stage = mkdtempSync(join(tmpdir(), "mcpb-"));
try {
  const name = os === "windows" ? "stripe-checkout-mcp.exe" : "stripe-checkout-mcp";
  cpSync(binary, join(stage, name));
  chmodSync(join(stage, name), 0o755);
  for (const file of ["icon.png", "../../LICENSE"]) {
    const to = join(stage, basename(file));
    cpSync(join(here, file), to);
    chmodSync(to, 0o644);
  }
  const manifest = JSON.parse(readFileSync(join(here, "manifest.json"), "utf8"));
  manifest.version = version;
  manifest.server.entry_point = name;
  manifest.server.mcp_config.command = "${__dirname}/" + name;
  manifest.compatibility.platforms = [platform];
  writeFileSync(join(stage, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n", { mode: 0o644 });

  mkdirSync(folder, { recursive: true });
  const outputPath = resolve(folder, `stripe-checkout-mcp_${version}_${os}_${arch}.mcpb`);
  if (!(await packExtension({ extensionPath: stage, outputPath, silent: true }))) {
    console.error("pack.mjs: the manifest is not valid: run npx mcpb validate manifest.json");
    process.exit(1);
  }
} finally {
  rmSync(stage, { recursive: true });
}
