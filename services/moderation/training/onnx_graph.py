"""Builds the shipped ONNX file: the packaged encoder's graph, a second set of late layers, pooling and the head.

Weights stay int8 with one fp32 scale per output channel and are dequantized when the file is loaded, exactly as in the
packaged file; all arithmetic is fp32. No node mixes rows of a batch, so a row's values do not depend on other rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

# The branch reads the output of the third layer of the trunk and has its own layers from there.
FORK = 3
# Values that the head reads: mean and maximum of the branch, and the vector.
POOLED = 3 * 384
# Weights by their names in the published checkpoint.
Arrays = dict[str, NDArray[np.float32]]
_LAYER = "inner.encoder.layer."
_BRANCH = "branch."
_LOWEST = np.float32(np.finfo(np.float32).min)


@dataclass(frozen=True)
class Head:
    """The head: from the pooled branch (mean, maximum) and the sentence vector to c calibrated logits and any harm.

    `hidden` (1152, h) with `hidden_bias` (h,), then `output` (h, c + 1) with `output_bias` (c + 1,). `scale` and
    `shift` (c,) calibrate the columns; `any_harm` (3,) weighs the learned logit, the noisy-or of the columns, and one.
    """

    hidden: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    output: NDArray[np.float32]
    output_bias: NDArray[np.float32]
    scale: NDArray[np.float32]
    shift: NDArray[np.float32]
    any_harm: NDArray[np.float32]


def build_model(trunk: Path, branch: Arrays, head: Head, *, with_raw: bool = False) -> onnx.ModelProto:
    """Return the model of the packaged file `trunk`, the `branch` weights by published names, and `head`.

    `with_raw` adds the outputs `raw` (b, c + 1), the logits before calibration, and `pooled`, what the head reads.
    """
    width = len(head.output_bias)
    model = onnx.load(str(trunk))
    graph = _Graph(model)
    graph.gather_then_multiply()
    hidden = model.graph.output[0].name
    branch_hidden = graph.add_branch(branch)
    graph.pool(hidden, branch_hidden)
    graph.score(head)
    graph.finish({"vector": 384, "scores": width} | ({"raw": width, "pooled": POOLED} if with_raw else {}))
    onnx.checker.check_model(model, full_check=True)
    return model


def read_parameters(trunk: Path) -> Arrays:
    """Return all weights of the packaged file, dequantized to fp32, under the names of the published checkpoint."""
    graph = _Graph(onnx.load(str(trunk)))
    weights = {name: graph.values[name] for name in graph.values if name.startswith("inner.")}
    for table in ("word_embeddings", "position_embeddings"):
        name = f"inner.embeddings.{table}.weight"
        weights[name] = _dequantize(weights.pop(f"{name}_q"), weights.pop(f"{name}_scale"))
    for weight, name in graph.weight_names().items():
        weights[name] = _dequantize(graph.values[f"{weight}_q"], graph.values[f"{weight}_scale"])
    return weights


def read_trained(model: Path) -> tuple[Arrays, Arrays]:
    """Return what `build_model` has put into a file: the branch's weights, and the head's without calibration."""
    graph = _Graph(onnx.load(str(model)))
    weights = {name: value for name, value in graph.values.items() if not name.endswith(("_q", "_scale"))}
    for name in {name.removesuffix("_q") for name in graph.values if name.endswith("_q")}:
        weights[name] = _dequantize(graph.values[f"{name}_q"], graph.values[f"{name}_scale"])
    parts = ("hidden", "hidden_bias", "output", "output_bias")
    branch = {name.removeprefix(_BRANCH): value for name, value in weights.items() if name.startswith(_BRANCH)}
    return branch, {name: weights[f"head.{name}"] for name in parts}


def quantize(weight: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return `weight` (inputs, outputs) in int8, symmetric, and its scale (1, outputs), as in the packaged file."""
    scale = np.maximum(np.abs(weight).max(axis=0, keepdims=True), 1e-8).astype(np.float32) / np.float32(127)
    return np.rint(weight / scale).astype(np.int8), scale


def _dequantize(values: NDArray[np.int8], scale: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(values.astype(np.float32) * scale, np.float32)


class _Graph:
    """A model under construction; names of values are unique in the whole graph."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model = model
        self.values = {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}

    def weight_names(self) -> dict[str, str]:
        """Name the anonymous matrices after the bias that is added to their product: `val_49` → `….query.weight`."""
        products = {n.output[0]: n.input[1] for n in self.model.graph.node if n.op_type == "MatMul"}
        return {
            products[node.input[0]]: node.input[1].removesuffix("bias") + "weight"
            for node in self.model.graph.node
            if node.op_type == "Add" and node.input[0] in products and node.input[1].startswith(_LAYER)
        }

    def gather_then_multiply(self) -> None:
        """Look embeddings up in int8 and dequantize only the rows found: 35 MB less memory, bit-identical values."""
        for name in ("word_embeddings", "position_embeddings"):
            weight = f"inner.embeddings.{name}.weight"
            gather = next(n for n in self.model.graph.node if n.op_type == "Gather" and n.input[0] == weight)
            kept = [n for n in self.model.graph.node if weight not in n.output and f"{weight}_f" not in n.output]
            rows, out = gather.input[1], gather.output[0]
            nodes = [
                helper.make_node("Gather", [f"{weight}_q", rows], [f"{out}_q"], axis=0),
                helper.make_node("Gather", [f"{weight}_scale", rows], [f"{out}_scale"], axis=0),
                helper.make_node("Cast", [f"{out}_q"], [f"{out}_f"], to=onnx.TensorProto.FLOAT),
                helper.make_node("Mul", [f"{out}_f", f"{out}_scale"], [out]),
            ]
            place = kept.index(gather)
            self._replace([*kept[:place], *nodes, *kept[place + 1 :]])

    def add_branch(self, branch: Arrays) -> str:
        """Copy every node after the fork, with the weights of `branch`. Return the name of the last copy's output."""
        weight_names = self.weight_names()
        start = next(
            n.output[0] for n in self.model.graph.node if f"{_LAYER}{FORK - 1}.output.LayerNorm.weight" in n.input
        )
        outputs_after_fork: set[str] = {start}
        copies: list[onnx.NodeProto] = []
        for node in self.model.graph.node:
            if outputs_after_fork.isdisjoint(node.input):
                continue
            copy = onnx.NodeProto()
            copy.CopyFrom(node)
            copy.name = _BRANCH + node.name
            for place, name in enumerate(node.input):
                copy.input[place] = self._branch_input(name, outputs_after_fork - {start}, weight_names, branch)
            copy.output[:] = [_BRANCH + name for name in node.output]
            outputs_after_fork.update(node.output)
            copies.append(copy)
        # Appended last, so that the nodes that dequantize the branch's weights come before those that use them.
        self.model.graph.node.extend(copies)
        return _BRANCH + self.model.graph.output[0].name

    def _branch_input(self, name: str, repeated: set[str], weight_names: dict[str, str], branch: Arrays) -> str:
        """Return the input that replaces `name` in a copied node. Adds the branch's weight if `name` is a weight."""
        if name in repeated:
            return _BRANCH + name
        if name in weight_names:
            branch_name = _BRANCH + weight_names[name]
            self.matrix(branch_name, branch[weight_names[name]])
            return branch_name
        if name.startswith(_LAYER):
            return self.constant(_BRANCH + name, branch[name])
        return name

    def matrix(self, name: str, weight: NDArray[np.float32]) -> str:
        """Add a weight (inputs, outputs) in int8 with the nodes that dequantize it."""
        values, scale = quantize(weight)
        self.constant(f"{name}_q", values)
        self.constant(f"{name}_scale", scale)
        self.add("Cast", [f"{name}_q"], f"{name}_f", to=onnx.TensorProto.FLOAT)
        return self.add("Mul", [f"{name}_f", f"{name}_scale"], name)

    def constant(self, name: str, value: NDArray[np.generic] | np.generic) -> str:
        """Add an initializer."""
        self.values[name] = np.asarray(value)
        self.model.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, kind: str, inputs: Iterable[str], output: str, **attributes: object) -> str:
        """Add a node at the end; return the name of its output."""
        self.model.graph.node.append(
            helper.make_node(kind, list(inputs), [output], name=f"{output}.{kind}", **attributes)
        )
        return output

    def pool(self, hidden: str, branch_hidden: str) -> None:
        """Add `vector` (b, 384), and `pooled` (b, 1152): mean and maximum of the branch over the text, and `vector`."""
        self.constant("axis_last", np.array([-1]))
        self.constant("axis_tokens", np.array([1]))
        self.add("Unsqueeze", ["attention_mask", "axis_last"], "mask_whole")
        self.add("Cast", ["mask_whole"], "mask", to=onnx.TensorProto.FLOAT)
        # A sum is enough, because normalization cancels the mean's division by the number of tokens.
        summed = self._sum(hidden, "vector_sum")
        self.add("ReduceL2", [summed], "vector_norm", axes=[1], keepdims=1)
        self.add("Div", [summed, "vector_norm"], "vector")
        self.add("ReduceSum", ["mask", "axis_tokens"], "tokens", keepdims=0)
        self.add("Div", [self._sum(branch_hidden, "branch_sum"), "tokens"], "branch_mean")
        self.add("Cast", ["mask_whole"], "mask_bool", to=onnx.TensorProto.BOOL)
        self.add("Where", ["mask_bool", branch_hidden, self.constant("lowest", _LOWEST)], "branch_text")
        self.add("ReduceMax", ["branch_text"], "branch_max", axes=[1], keepdims=0)
        self.add("Concat", ["branch_mean", "branch_max", "vector"], "pooled", axis=-1)

    def _sum(self, hidden: str, output: str) -> str:
        self.add("Mul", [hidden, "mask"], f"{output}_text")
        return self.add("ReduceSum", [f"{output}_text", "axis_tokens"], output, keepdims=0)

    def score(self, head: Head) -> None:
        """Add `scores` (b, c + 1) from `pooled`."""
        self.matrix("head.hidden", head.hidden)
        self.add("MatMul", ["pooled", "head.hidden"], "head_product")
        self.add("Add", ["head_product", self.constant("head.hidden_bias", head.hidden_bias)], "head_sum")
        self.add("Tanh", ["head_sum"], "head_hidden")
        self.add("MatMul", ["head_hidden", self.constant("head.output", head.output)], "head_out")
        self.add("Add", ["head_out", self.constant("head.output_bias", head.output_bias)], "raw")
        self.constant("split", np.array([len(head.scale), 1]))
        self.model.graph.node.append(
            helper.make_node("Split", ["raw", "split"], ["raw_categories", "raw_any"], axis=-1)
        )
        self.add("Mul", ["raw_categories", self.constant("head.scale", head.scale)], "scaled")
        self.add("Add", ["scaled", self.constant("head.shift", head.shift)], "categories")
        # The noisy-or's logit: with S the sum of log(1 + e^z), which is -log of "none of them", it is log(e^S - 1).
        self.add("Softplus", ["categories"], "softplus")
        self.add("ReduceSum", ["softplus", "axis_tokens"], "softplus_sum", keepdims=1)
        self.add("Exp", ["softplus_sum"], "odds_one")
        self.add("Sub", ["odds_one", self.constant("one", np.float32(1))], "odds")
        self.add("Log", ["odds"], "noisy_or")
        learned, noisy, shift = (np.float32(x) for x in head.any_harm)
        self.add("Mul", ["raw_any", self.constant("any.learned", learned)], "any_learned")
        self.add("Mul", ["noisy_or", self.constant("any.noisy_or", noisy)], "any_noisy_or")
        self.add("Add", ["any_learned", "any_noisy_or"], "any_sum")
        self.add("Add", ["any_sum", self.constant("any.shift", shift)], "any")
        self.add("Concat", ["categories", "any"], "logits", axis=-1)
        self.add("Sigmoid", ["logits"], "scores")

    def finish(self, widths: dict[str, int]) -> None:
        """Set the outputs (b, width) and drop the initializers that no node reads."""
        outputs = [
            helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["batch", width])
            for name, width in widths.items()
        ]
        graph = self.model.graph
        del graph.output[:]
        graph.output.extend(outputs)
        del graph.value_info[:]
        read = {name for node in graph.node for name in node.input}
        kept = [item for item in graph.initializer if item.name in read]
        del graph.initializer[:]
        graph.initializer.extend(kept)

    def _replace(self, nodes: list[onnx.NodeProto]) -> None:
        del self.model.graph.node[:]
        self.model.graph.node.extend(nodes)
