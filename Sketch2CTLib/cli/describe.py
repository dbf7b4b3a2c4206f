"""`sketch2ct describe`: a mask → its numbers and words; nothing is sent anywhere without --llm."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ..description import GeometryDescription
    from ..description.llm import LlmDescriber, LlmDescription, LlmPrompt
    from ..frames import VoxelGrid

_DERIVED = "the numbers"


def describe(
    ctx: typer.Context,
    mask: Annotated[Path, typer.Argument(help="Mask file: NRRD, NIfTI, MetaImage, …")],
    structure: Annotated[str, typer.Option(help="Structure that the mask shows, such as liver.")],
    label: Annotated[str | None, typer.Option(help="Label value or segment; needed where there are several.")] = None,
    out: Annotated[Path | None, typer.Option(help="Also write the description to this JSON file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the description as JSON.")] = False,
    png: Annotated[Path | None, typer.Option(help="Also a picture: three views, numbers and words.")] = None,
    llm: Annotated[
        bool, typer.Option("--llm", help="Send name, numbers and three pictures to a language model for the words.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what --llm would send, and send nothing; --png: also the pictures.")
    ] = False,
    llm_model: Annotated[str | None, typer.Option(help="Model to ask; by default gpt-4o-mini.")] = None,
    llm_url: Annotated[
        str | None, typer.Option(help="Any OpenAI-compatible server; by default OPENAI_BASE_URL, else OpenAI.")
    ] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Ask anew, and keep no answer.")] = False,
) -> None:
    """Measure a mask and say what it is like, in numbers and sentences.

    The key of --llm comes from OPENAI_API_KEY. What is sent is said before it is: the structure's name, the numbers
    and rendered pictures of the surface; never the file, its name, its header or the scan.

    Example: sketch2ct describe liver.nii.gz --structure liver --out description.json --png description.png
    """
    from .. import catalog
    from ..data.masks import read_mask
    from ..errors import InputError
    from .usage import DESCRIBE, given_options, tell_void

    tell_void(given_options(ctx), DESCRIBE)
    if (llm_model or llm_url) and not (llm or dry_run):
        raise InputError("--llm-model and --llm-url do nothing without --llm.", hint="Add --llm, or --dry-run to look.")
    wanted = catalog.structure(structure)
    describer = _describer(llm_model, llm_url, no_cache) if llm or dry_run else None
    body, grid = read_mask(mask, label)
    description = described(body, grid, wanted.name)
    pictures = _pictures(body, grid) if describer is not None or png is not None else {}
    answer = None
    if describer is not None:
        prompt = describer.prompt(description.structure, description.numbers, pictures)
        if dry_run:
            _show_request(describer, prompt, as_json=as_json, beside=png)
            return
        answer = _answer(describer, prompt)
        description = reworded(description, answer.words)
    source = answer.model if answer is not None else _DERIVED
    if out is not None:
        description.save(out)
    if png is not None:
        _write_png(description, pictures, png, title=mask.name, source=source)
    if as_json:
        print(_as_json(description, answer))
        return
    _show(description, str(mask), answer)
    for written in (out, png):
        if written is not None:
            print(f"→ {written}")


def described(body: Any, grid: VoxelGrid, structure: str) -> GeometryDescription:
    """The description of a mask in the words of its own numbers.

    Args:
        body: (D, H, W) bool.
        grid: Its grid.
        structure: Catalog name.

    Raises:
        MaskError: The mask is empty or does not fit its grid.
        UnknownStructure: The catalog has no such structure.
    """
    from .. import catalog
    from ..description import GeometryDescription, geometric_words, measure, sentences

    numbers = measure(body, grid, tubular=catalog.structure(structure).tubular)
    return GeometryDescription.checked(
        structure=structure,
        numbers={name: float(f"{value:.5g}") for name, value in numbers.items()},
        words=geometric_words(structure, numbers),
        text=" ".join(sentences(structure, numbers)),
    )


def reworded(found: GeometryDescription, words: dict[str, str]) -> GeometryDescription:
    """The same numbers in other words."""
    from ..description import GeometryDescription, sentences

    return GeometryDescription.checked(
        structure=found.structure,
        numbers=found.numbers,
        words=words,
        text=" ".join(sentences(found.structure, found.numbers, words)),
    )


def _describer(model: str | None, url: str | None, no_cache: bool) -> LlmDescriber:
    from ..description.llm import LlmDescriber, LlmSettings, default_cache_dir
    from ..description.llm.settings import DEFAULT_MODEL

    folder = None if no_cache else default_cache_dir()
    settings = LlmSettings(DEFAULT_MODEL if model is None else model, url, cache_dir=folder)
    settings.endpoint()  # a wrong address is told before the mask is measured
    return LlmDescriber(settings)


def _pictures(body: Any, grid: VoxelGrid) -> dict[str, bytes]:
    from ..sketch.surface.snapshot import snapshots

    return snapshots(body, grid)


def _answer(describer: LlmDescriber, prompt: LlmPrompt) -> LlmDescription:
    """The model's words; what is sent and where is said on stderr before it is."""
    kept = describer.kept(prompt)
    if kept is not None:
        print(
            f"Nothing is sent: {kept.model} has answered this before ({describer.settings.cache_dir}).", file=sys.stderr
        )
        return kept
    print(_notice(describer, prompt, "Sent"), file=sys.stderr, flush=True)
    return describer.ask(prompt)


def _notice(describer: LlmDescriber, prompt: LlmPrompt, verb: str) -> str:
    """One line that says what goes where."""
    endpoint = describer.settings.endpoint()
    pictures = ", ".join(f"{p.view} {p.width}×{p.height}" for p in prompt.pictures)
    size_kb = sum(len(p.png) for p in prompt.pictures) / 1000
    where = f"{endpoint.host} ({endpoint.url}, model {describer.settings.model})"
    what = f"the structure's name ({prompt.structure}), {len(prompt.numbers)} numbers"
    seen = f"{len(prompt.pictures)} pictures of its surface ({pictures}; {size_kb:.0f} kB)"
    rest = "and the words to choose from; no file, file name, header or scan."
    return f"{verb} to {where}: {what}, {seen} {rest}" + (
        " The way there is not encrypted." if endpoint.is_open else ""
    )


def _show_request(describer: LlmDescriber, prompt: LlmPrompt, *, as_json: bool, beside: Path | None) -> None:
    """Prints all that would be sent; the pictures go beside a file of that name."""
    from ..atomic import written_beside

    written = {}
    if beside is not None:
        for picture in prompt.pictures:
            path = beside.with_name(f"{beside.stem}-{picture.view}.png")
            with written_beside(path) as whole:
                whole.write_bytes(picture.png)
            written[picture.view] = str(path)
    digests = prompt.digests()
    if as_json:
        pictures = [
            {"view": p.view, "width": p.width, "height": p.height, "bytes": len(p.png), "sha256": digests[p.view]}
            | ({"written": written[p.view]} if p.view in written else {})
            for p in prompt.pictures
        ]
        endpoint, model = describer.settings.endpoint(), describer.settings.model
        request = {"sent": False, "host": endpoint.host, "url": endpoint.url, "model": model, "system": prompt.system}
        request |= {"user": prompt.user, "schema": prompt.schema(), "pictures": pictures}
        print(json.dumps(request, indent=2, ensure_ascii=False))
        return
    print(_notice(describer, prompt, "Would be sent"), file=sys.stderr)
    schema = json.dumps(prompt.schema(), indent=1, ensure_ascii=False)
    print(f"--- rules\n{prompt.system}\n\n--- message\n{prompt.user}\n\n--- schema of the answer\n{schema}\n")
    print("--- pictures")
    for picture in prompt.pictures:
        where = f" → {written[picture.view]}" if picture.view in written else ""
        print(f"{picture.view}: {picture.width}×{picture.height}, {len(picture.png)} bytes{where}")


def _write_png(found: GeometryDescription, pictures: dict[str, bytes], path: Path, *, title: str, source: str) -> None:
    from ..atomic import written_beside
    from ..description.sheet import sheet

    content = sheet(found, pictures, title=title, source=source)
    with written_beside(path) as whole:
        whole.write_bytes(content)


def _as_json(found: GeometryDescription, answer: LlmDescription | None) -> str:
    """Without a language model: as the file, so that it can be read back. With one: also who chose the words."""
    if answer is None:
        return found.to_json()
    extra = {"summary": answer.summary, "cached": answer.cached, "usage": answer.usage}
    return json.dumps(
        json.loads(found.to_json()) | {"words_from": answer.model, "llm": extra}, indent=2, ensure_ascii=False
    )


def _show(found: GeometryDescription, title: str, answer: LlmDescription | None) -> None:
    from rich.console import Console
    from rich.table import Table

    from .. import catalog
    from ..description import QUANTITIES

    table = Table(title=f"{catalog.structure(found.structure).title}: {title}")
    table.add_column("quantity")
    table.add_column("value", justify="right")
    table.add_column("unit")
    for quantity in QUANTITIES:
        if quantity.name in found.numbers:
            value = found.numbers[quantity.name]
            table.add_row(quantity.title, f"{value:.0f}" if quantity.whole else f"{value:.4g}", quantity.unit)
    console = Console()
    console.print(table)
    console.print(found.text, highlight=False, soft_wrap=True)
    if answer is not None:
        print(f"Words from {answer.model}: {answer.summary}")
