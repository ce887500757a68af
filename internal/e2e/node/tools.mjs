// Drives a server on stdio or HTTP with the official TypeScript client, as
// Claude Desktop, VS Code and most others do. The client itself compiles the
// output schemas and refuses structured content that breaks them, also of
// errors. Prints one JSON line a step.
//
// usage: node tools.mjs http URL | stdio COMMAND [ARGUMENT…]
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [kind, target, ...args] = process.argv.slice(2);
const transport = kind === "http"
  ? new StreamableHTTPClientTransport(new URL(target))
  : new StdioClientTransport({ command: target, args, env: process.env, stderr: "inherit" });
const client = new Client({ name: "typescript", version: "1" });
await client.connect(transport);

const say = (step, value) => console.log(JSON.stringify({ step, ...value }));
const call = async (name, args) => {
  const result = await client.callTool({ name, arguments: args });
  return { isError: result.isError ?? false, text: result.content[0].text, structured: result.structuredContent };
};

say("tools", { names: (await client.listTools()).tools.map((t) => t.name).sort() });
const created = await call("stripe-post-checkout-sessions", {
  body: {
    mode: "payment",
    success_url: "https://example.com/thanks",
    line_items: [{ quantity: 2, price_data: { currency: "usd", unit_amount: 1000, product_data: { name: "T-shirt" } } }],
  },
});
say("create", created);
const session = created.structured.id;
say("list", await call("stripe-get-checkout-sessions", { limit: 1, fields: ["id"] }));
say("retrieve", await call("stripe-get-checkout-sessions-session", { session }));
say("line items", await call("stripe-get-checkout-sessions-session-2", { session }));
say("expire", await call("stripe-post-checkout-sessions-session", { session }));
say("expire again", await call("stripe-post-checkout-sessions-session", { session }));
say("mistake", await call("stripe-get-checkout-sessions", { limit: 500 }));
say("prompts", { names: (await client.listPrompts()).prompts.map((p) => p.name).sort() });
await client.close();
