"""POST /v1/notes and GET /v1/notes/{id}: a sample, to be replaced."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from my_very_long_service_name_of_forty_chars import notes
from my_very_long_service_name_of_forty_chars.config import DatabaseSettings
from my_very_long_service_name_of_forty_chars.resources import Resources

type _Text = Annotated[str, Field(min_length=1, pattern=r"^[^\x00]*$")]  # PostgreSQL has no NUL


class Texts(BaseModel):
    """What to keep."""

    model_config = ConfigDict(extra="forbid", strict=True)

    texts: list[_Text] = Field(min_length=1)


class Ids(BaseModel):
    """Where it is kept: an id for each text, in order."""

    ids: list[int]


class Note(BaseModel):
    """What was kept."""

    text: str


def add_routes(routes: APIRouter, resources: Resources, config: DatabaseSettings) -> None:
    """Add what this module answers to."""

    @routes.post("/notes", status_code=201)
    async def create_notes(body: Texts) -> Ids:
        database = await resources.database.get()
        return Ids(ids=await notes.add(database, body.texts, config.batch_size))

    @routes.get("/notes/{id}")
    async def read_note(note_id: Annotated[int, Path(alias="id", ge=1, lt=2**63)]) -> Note:
        return Note(text=await notes.get(await resources.database.get(), note_id))
