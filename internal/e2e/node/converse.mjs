// Connects an official TypeScript client to a server. Prints what the server
// says about itself. Then reads calls, as lines of JSON, and prints each
// outcome on a line. The client itself compiles the output schemas and rejects
// structured content that violates them, in errors too.
//
//   node converse.mjs PACKAGE PROTOCOL URL | COMMAND [ARGUMENT…]
import { createInterface } from "node:readline";

const [sdk, protocol, target, ...args] = process.argv.slice(2);
const paths = {
  "@modelcontextprotocol/sdk": ["/client/index.js", "/client/streamableHttp.js", "/client/stdio.js"],
  "@modelcontextprotocol/client": ["", "", "/stdio"],
}[sdk];
const [{ Client }, { StreamableHTTPClientTransport }, { StdioClientTransport }] =
  await Promise.all(paths.map((path) => import(sdk + path)));

const transport = URL.canParse(target)
  ? new StreamableHTTPClientTransport(new URL(target), { requestInit: { headers: { Authorization: `Bearer ${process.env.TOKEN}` } } })
  : new StdioClientTransport({ command: target, args, env: process.env, stderr: "inherit" });
let negotiated; // the older client tells only its transport
const { setProtocolVersion } = transport;
transport.setProtocolVersion = (version) => {
  negotiated = version;
  setProtocolVersion?.call(transport, version);
};
const mode = protocol >= "2026" ? { pin: protocol } : "legacy";
const client = new Client({ name: "typescript", version: "1" }, { versionNegotiation: { mode } });
await client.connect(transport);

const say = (value) => console.log(JSON.stringify(value));
const names = (list) => list.map(({ name }) => name);
say({
  protocol: negotiated,
  server: client.getServerVersion()?.name,
  tools: names((await client.listTools()).tools),
  prompts: names((await client.listPrompts()).prompts),
});
for await (const line of createInterface({ input: process.stdin })) {
  const { tool, arguments: given } = JSON.parse(line);
  try {
    const { isError, content, structuredContent } = await client.callTool({ name: tool, arguments: given });
    say({ isError, text: content[0].text, structured: structuredContent });
  } catch (error) {
    say({ refused: String(error) });
  }
}
await client.close();
