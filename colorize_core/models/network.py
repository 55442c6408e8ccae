"""The contract of a network with the engine, training and export."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TypeVar

from torch import Tensor, nn

_Own = TypeVar("_Own", bound="Network")


class Network(Protocol):
    """A module from lightness, and hints perhaps, to logits over the bins or to ab.

    Classes name it as a base beside ``nn.Module``: mypy then holds them to it, and they say only
    where they differ from what is set here.

    Attributes:
        stride: pixels of the input to a cell of the output, along each side.
        multiple: of pixels; both sides of the input are divisible by it.
        takes_hints: whether colour hints change its answer; else they are refused.
        takes_window: whether :meth:`forward` takes a ``window``, the only part of the output that
            is wanted, as training asks for it.
        takes_references: whether it takes ``references``, photos of known colours to copy from.
        takes_regularisation: whether :meth:`regularise` is more than a word to it.
        takes_calm: whether it has a tensor ``calm``, ``(outputs,)``, that is added to its output as
            many times as a photo is soft, 0..1.
    """

    stride: int
    multiple: int
    takes_hints: bool = False
    takes_window: bool = False
    takes_references: bool = False
    takes_regularisation: bool = False
    takes_calm: bool = False

    @classmethod
    def fitting(cls, outputs: int, weights: Mapping[str, Tensor]) -> Network:
        """Make the network of the size that weights are for; most come in one size only.

        Args:
            outputs: that it is to have.
            weights: by name; shapes alone matter.
        """
        return cls(outputs)  # type: ignore[call-arg]  # a protocol says nothing of making

    @property
    def pretrained_encoder(self) -> nn.Module | None:
        """The layers that start with weights learnt elsewhere; None: all of them start anew."""
        return None

    @abstractmethod
    def forward(self, lightness: Tensor, hints: Tensor | None = None) -> Tensor:
        """Predict.

        Args:
            lightness: ``(N, 1, H, W)``, L in 0..100, sides divisible by :attr:`multiple`.
            hints: ``(N, 3, H, W)``: a, b and a mask that is 1 where a hint is given and 0
                elsewhere; None for no hints.

        Returns:
            ``(N, 313, H / stride, W / stride)`` logits, or ``(N, 2, ...)`` ab / 110.

        Raises:
            ValueError: there are hints, and it takes none.
        """

    @abstractmethod
    def initialise(self) -> None:
        """Set the weights from which training starts.

        Raises:
            ImportError: the package with pretrained weights is missing; the message names it.
        """

    @abstractmethod
    def parameter_groups(self, rate: float, encoder_rate: float) -> list[dict[str, Any]]:
        """Group the trained parameters, each group with its rate, as torch.optim has it.

        Args:
            rate: of layers that start anew.
            encoder_rate: of those of :attr:`pretrained_encoder`.
        """

    def regularise(self, drop_path: float, dropout: float) -> None:
        """Set what training leaves out at random, so that photos are not learnt by heart.

        Args:
            drop_path: share of the photos for which the last block of the encoder is left out;
                those before it less often (stochastic depth).
            dropout: share of the features before the head.
        """

    # What callers use of nn.Module.

    def __call__(self, lightness: Tensor, hints: Tensor | None = None) -> Tensor: ...
    def eval(self: _Own) -> _Own: ...
    def train(self: _Own, mode: bool = True) -> _Own: ...
    def to(self: _Own, *args: Any, **kwargs: Any) -> _Own: ...
    def modules(self) -> Iterator[nn.Module]: ...
    def parameters(self, recurse: bool = True) -> Iterator[nn.Parameter]: ...
    def state_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]: ...
    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> Any: ...


_NAMES = (*Network.__annotations__, "pretrained_encoder", "initialise", "parameter_groups")


def missing_parts(network: object) -> list[str]:
    """List the parts of the contract missing from a network."""
    return [name for name in _NAMES if not hasattr(network, name)]
