import json
import re

import httpx2

from my_very_long_service_name_of_forty_chars import DESCRIPTION, NAME, __version__


async def test_openapi_tells_the_truth(client: httpx2.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    info = {"title": NAME, "description": DESCRIPTION, "version": __version__}
    assert document["info"] == info
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["responses"].keys() - {"200", "201"} == {"default"}
            assert "application/problem+json" in operation["responses"]["default"]["content"]
    for reference in re.findall(r'"\$ref": "#/components/schemas/(\w+)"', json.dumps(document)):
        assert reference in document["components"]["schemas"]
    assert document["paths"]["/test/owners"]["post"]["security"] == [{"APIKeyHeader": []}]
