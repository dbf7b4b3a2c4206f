"""The networks of one model folder: loaded at their first use, kept, and let go of when memory is wanted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ... import own_structures
from ...bundles import unpacked_beside
from ...bundles.content import tensor_shapes
from ...conditioning.geometry import NumberScaler
from ...diffusion import Schedule
from ...errors import ConfigError, WeightsError
from ...networks import Coder, Painter, PainterConfig, build_coder, channels_last
from ...resources import resource_path
from ...weights import ModelFolder
from ...weights.store import SCALE, sha256_of
from .device import autocast
from .layout_sharpener import LayoutSharpener, SharpenerConfig
from .layout_stage import LayoutConfig, LayoutStage
from .presets import PRESETS, Preset, of_structures, preset
from .residual import MaskPrior
from .stages import image_stage, mask_stage

MASK_STAGE = ("mask_autoencoder", "mask_prior", "mask_diffusion")
CACHE_VARIABLE = "XDG_CACHE_HOME"
VOLUME_STAGE = ("image_autoencoder", "image_diffusion")
LAYOUT_STAGE, SHARPENER, PAINTER = "layout_diffusion", "layout_sharpener", "image_painter"
SCAN_NETWORKS = (*VOLUME_STAGE, LAYOUT_STAGE, SHARPENER, PAINTER)


class LoadedModels:
    """Networks, preset and constants of a model folder on one device.

    Args:
        folder: The folder; its model.json names the preset.
        device: Where the networks run.
        custom: A preset in place of the named one.

    Attributes:
        before_use: Called whenever a network is about to be used; it may raise Cancelled.
    """

    def __init__(self, folder: ModelFolder, device: torch.device, custom: Preset | None = None) -> None:
        index = folder.index()
        self.folder, self.device = folder, device
        self.preset = custom or of_structures(preset(index["preset"]), own_names(folder.folder))
        self.schedule = Schedule(self.preset.schedule)
        self.extras: dict[str, Any] = index["extras"]
        self.components = frozenset(index["components"])
        self.before_use: Callable[[], None] = lambda: None
        self._networks: dict[str, nn.Module] = {}

    @property
    def draw_volumes(self) -> bool:
        """Whether the folder holds a volume stage."""
        return self.components >= set(VOLUME_STAGE)

    @property
    def structures(self) -> tuple[str, ...]:
        """Structures that the mask stage was trained on."""
        return tuple(self.extra("number_scaler")["statistics"])

    @property
    def scaler(self) -> NumberScaler:
        """z-scores of numbers, as in training."""
        return NumberScaler.from_dict(self.extra("number_scaler"))

    def extra(self, name: str) -> Any:
        """A constant that the model folder keeps beside its weights.

        Raises:
            WeightsError: It keeps nothing of that name.
        """
        if name not in self.extras:
            raise WeightsError(f"The model in '{self.folder.folder}' lacks '{name}'.", hint="Train its stages first.")
        return self.extras[name]

    def network(self, name: str) -> Any:
        """A component, on the device and frozen.

        Raises:
            WeightsError: It is missing or damaged.
        """
        self.before_use()
        if name not in self._networks:
            builders = _builders(self.preset)
            network = builders[name]() if name in builders else _of_entry(name, self.folder.component(name))
            self.folder.load_into(name, network)
            network = network.to(self.device).eval().requires_grad_(False)
            if isinstance(network, Coder | Painter | LayoutSharpener):
                channels_last(network)
            self._networks[name] = network
        return self._networks[name]

    @property
    def sharpens(self) -> bool:
        """Whether the folder holds what makes one layout of a mean one."""
        return SHARPENER in self.components

    @property
    def paints(self) -> bool:
        """Whether the folder holds what scans are painted from layouts with."""
        return self.components >= {LAYOUT_STAGE, PAINTER}

    def autocast(self) -> torch.autocast:
        """The precision that the networks run in."""
        return autocast(self.device)

    def release(self, names: Iterable[str] | None = None) -> None:
        """Lets go of some networks, or of all; they are loaded anew at their next use."""
        for name in tuple(self._networks) if names is None else names:
            self._networks.pop(name, None)

    @property
    def loaded_mb(self) -> float:
        """Size of the weights in memory."""
        parameters = (p for network in self._networks.values() for p in network.parameters())
        return sum(p.numel() * p.element_size() for p in parameters) / 1e6

    def stored_mb(self, name: str) -> float:
        """Size of a component's file."""
        return (self.folder.folder / self.folder.component(name)["file"]).stat().st_size / 1e6


def _builders(chosen: Preset) -> dict[str, Callable[[], nn.Module]]:
    """What makes the network of each component of a preset."""
    return {
        "mask_autoencoder": partial(build_coder, chosen.mask_autoencoder),
        "image_autoencoder": partial(build_coder, chosen.image_autoencoder),
        "mask_prior": partial(MaskPrior, chosen),
        "mask_diffusion": partial(mask_stage, chosen),
        "image_diffusion": partial(image_stage, chosen),
    }


_APART: Mapping[str, Callable[[Mapping[str, Any]], nn.Module]] = {
    LAYOUT_STAGE: lambda config: LayoutStage(LayoutConfig.from_dict(config)),
    SHARPENER: lambda config: LayoutSharpener(SharpenerConfig.from_dict(config)),
    PAINTER: lambda config: Painter(PainterConfig.from_dict(config)),
}  # whose shape stands in their own entry, not in the preset


def _of_entry(name: str, entry: Mapping[str, Any]) -> nn.Module:
    """A network of the shape that its entry states.

    Raises:
        WeightsError: The entry states none that can be made.
    """
    try:
        return _APART[name](entry["config"])
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError, ConfigError) as error:
        raise WeightsError(
            f"The shape of '{name}' cannot be made ({error}).", hint="Install the Sketch2CT that it was made with."
        ) from error


def require_loadable(folder: Path) -> None:
    """Does nothing where the weights of a model folder fit the networks of its preset.

    Raises:
        WeightsError: The preset is unknown here, or a tensor has another shape.
    """
    index = ModelFolder(folder).index()
    if not set(index["components"]) & {*MASK_STAGE, *VOLUME_STAGE}:
        return  # a segmenter's own preset is no part of the chain
    if index["preset"] not in PRESETS:
        raise WeightsError(
            f"The model '{folder.name}' is of the preset '{str(index['preset'])[:60]}', which is unknown here.",
            hint="Install the Sketch2CT that it was made with.",
        )
    builders = _builders(of_structures(preset(index["preset"]), own_names(folder)))
    entries = index["components"]
    builders |= {name: partial(_of_entry, name, entries[name]) for name in _APART if name in entries}
    for name in sorted(set(entries) & set(builders)):
        shapes = tensor_shapes(folder / index["components"][name]["file"])
        stored = {key: shape for key, shape in shapes.items() if not key.endswith(SCALE)}
        wanted = {key: tuple(value.shape) for key, value in builders[name]().state_dict().items()}
        if stored != wanted:
            differing = sorted(key for key in stored.keys() | wanted.keys() if stored.get(key) != wanted.get(key))
            raise WeightsError(
                f"The weights '{name}' do not fit the preset '{index['preset']}' of this Sketch2CT ({differing[0]}).",
                hint="Install the Sketch2CT that they were made with.",
            )


def own_names(folder: Path) -> tuple[str, ...]:
    """The structures of the user's own that a model folder was trained on; they join the catalog.

    Raises:
        ConfigError: They cannot be used.
    """
    return tuple(one.name for one in own_structures.read(folder))


def find_model(folder: Path | None, preset_name: str) -> ModelFolder:
    """The model folder given, or the shipped one of a preset; of a bundle, the folder that it is unpacked to.

    Raises:
        WeightsError: There is none, or the bundle was altered.
    """
    if folder is not None and folder.is_file():
        folder = _unpacked_once(folder)
    chosen = ModelFolder(folder) if folder is not None else ModelFolder(resource_path("Models", preset_name))
    if not chosen.exists:
        raise WeightsError(
            f"There are no weights in '{chosen.folder}'.",
            hint="Train them with 'sketch2ct train', or choose another --preset or --models.",
        )
    return chosen


def _unpacked_once(bundle: Path) -> Path:
    """The folder of a bundle, which is verified and unpacked at its first use, and found again by its SHA-256."""
    place = Path(os.environ.get(CACHE_VARIABLE) or Path.home() / ".cache") / "sketch2ct" / "models"
    digest = sha256_of(bundle)
    known = next(place.glob(f"*-{digest}"), None)
    if known is not None:
        return known
    with unpacked_beside(bundle, place) as made:
        require_loadable(made.folder)
        target = place / f"{made.name}-{digest}"
        made.folder.rename(target)
    return target
