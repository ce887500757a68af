"""Google's Gen AI SDK, which turns an MCP tool into a function declaration."""
from google.genai._mcp_utils import mcp_to_gemini_tool
from mcp.types import Tool

from convert import main


def convert(tool):
    declared = mcp_to_gemini_tool(Tool.model_validate(tool)).function_declarations[0]
    schema = declared.parameters_json_schema
    if schema is None:
        schema = declared.parameters.model_dump(mode="json", exclude_none=True)
    return declared.name, schema, False


main({"google-genai": convert})
