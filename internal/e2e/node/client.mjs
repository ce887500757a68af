// Creates sessions with the official TypeScript client, like an agent that
// repeats calls without an answer with the same idempotency_key, and prints a
// line of JSON for each.
//
//   node client.mjs URL TOKEN PREFIX COUNT
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [url, token, prefix, count] = process.argv.slice(2);
const attempts = 100;
const pause = 50; // ms

let client;

async function connect() {
  client = new Client({ name: "e2e", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { Authorization: `Bearer ${token}` } },
  }));
  // With the tools listed, the client checks every result against its schema.
  await client.listTools();
}

async function call(name, args) {
  for (let attempt = 1; ; attempt++) {
    try {
      if (!client) await connect();
      const result = await client.callTool({ name, arguments: args });
      if (!result.isError) return { content: result.structuredContent, attempt };
      if (!result.structuredContent.error.retryable) throw new Refused(result.content[0].text);
    } catch (error) {
      if (error instanceof Refused || attempt >= attempts) throw error;
      await client?.close().catch(() => {});
      client = undefined;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

class Refused extends Error {}

for (let i = 0; i < Number(count); i++) {
  const reference = `${prefix}-${i}`;
  const { content, attempt } = await call("stripe-post-checkout-sessions", {
    idempotency_key: reference,
    body: { mode: "setup", currency: "usd", success_url: "https://example.com", client_reference_id: reference },
  });
  console.log(JSON.stringify({ reference, id: content.id, attempts: attempt }));
}
await client.close();
