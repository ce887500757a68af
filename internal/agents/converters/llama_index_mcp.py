"""LlamaIndex, which turns each schema into a Pydantic model."""
from llama_index.tools.mcp import McpToolSpec

from convert import main


def convert(tool):
    spec = McpToolSpec(client=None)
    model = spec.create_model_from_json_schema(tool["inputSchema"], model_name="Arguments")
    return tool["name"], model.model_json_schema(), False


main({"llama-index-tools-mcp": convert})
