"""Connects the official Python client to a server. Prints what the server says
about itself. Then reads calls, as lines of JSON, and prints each outcome on a
line.

  python3 converse.py PROTOCOL URL | COMMAND [ARGUMENT…]
"""
import json
import os
import sys

import anyio
import httpx2
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

protocol, target, *arguments = sys.argv[1:]


def say(**value):
    print(json.dumps(value), flush=True)


async def main():
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {os.environ['TOKEN']}"}) as http:
        server = (
            streamable_http_client(target, http_client=http)
            if target.startswith("http://")
            else StdioServerParameters(command=target, args=arguments, env=dict(os.environ))
        )
        mode = "auto" if protocol >= "2026" else "legacy"
        async with Client(server, mode=mode) as client:
            say(
                protocol=client.protocol_version,
                server=client.server_info and client.server_info.name,
                tools=[tool.name for tool in (await client.list_tools()).tools],
                prompts=[prompt.name for prompt in (await client.list_prompts()).prompts],
            )
            async for line in anyio.wrap_file(sys.stdin):
                call = json.loads(line)
                try:
                    result = await client.call_tool(call["tool"], call["arguments"])
                except MCPError as error:
                    say(refused=error.message)
                else:
                    say(isError=result.is_error, text=result.content[0].text, structured=result.structured_content)


anyio.run(main)
