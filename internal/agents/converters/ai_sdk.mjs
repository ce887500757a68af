// The Vercel AI SDK with three providers, and ajv in strict mode, which many
// programs use to check arguments and results. Reads tools in the form of
// tools/list and writes what each converts them to.
import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { Ajv } from 'ajv'
import { dynamicTool, generateText, jsonSchema } from 'ai'
import { readFileSync } from 'node:fs'

const tools = JSON.parse(readFileSync(0, 'utf8'))

// sent returns the request that a provider would make.
async function sent(provider, model) {
  let body
  const fetch = async (_url, init) => {
    body = JSON.parse(init.body)
    throw new Error('not sent')
  }
  const sdkTools = Object.fromEntries(tools.map(t => [t.name, dynamicTool({ description: t.description, inputSchema: jsonSchema(t.inputSchema), execute: async () => ({}) })]))
  await generateText({ model: provider({ apiKey: 'x', fetch })(model), prompt: 'hi', tools: sdkTools, maxRetries: 0 }).catch(() => {})
  if (!body) throw new Error('no request was made')
  return body
}

const results = []
for (const [converter, provider, model, declared] of [
  ['ai-sdk, OpenAI', createOpenAI, 'gpt-5', body => body.tools.map(t => [t.name, t.parameters, t.strict])],
  ['ai-sdk, Google', createGoogleGenerativeAI, 'gemini-2.5-pro', body => body.tools[0].functionDeclarations.map(t => [t.name, t.parameters ?? t.parametersJsonSchema])],
  ['ai-sdk, Anthropic', createAnthropic, 'claude-sonnet-4-5', body => body.tools.map(t => [t.name, t.input_schema])],
]) {
  for (const [name, schema, strict] of declared(await sent(provider, model))) {
    results.push({ converter, tool: tools.find(t => t.name === name)?.name ?? name, name, schema, strict: strict === true })
  }
}

for (const t of tools) {
  const result = { converter: 'ajv, strict', tool: t.name, name: t.name, schema: t.inputSchema, strict: false }
  try {
    const ajv = new Ajv({ strict: true })
    ajv.compile(t.inputSchema)
    ajv.compile(t.outputSchema)
  } catch (refused) {
    result.refused = String(refused)
  }
  results.push(result)
}
process.stdout.write(JSON.stringify(results))
