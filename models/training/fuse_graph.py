"""Write an encoder's attention and its last norm as one node each.

    python models/training/fuse_graph.py model_int8.onnx fused.onnx --heads 12

The exporter writes attention as some thirty nodes a layer, which cost more than their products: of short texts run one
by one, a tenth of the time. Prints the cosine of the rows of both graphs, alone and beside padding.
"""
from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper

from encoder import MASKED

RUNTIME_DOMAIN = "com.microsoft"


def fuse(model: ModelProto, heads: int) -> None:
    """Change the graph of a `TokenEncoder`, float or int8, in place."""
    graph = model.graph
    condition = add_no_padding(graph)
    for attend in [node for node in graph.node if node.op_type == "Add" and is_bias(node, ".attend.bias")]:
        fuse_attention(graph, attend, condition, heads)
    fuse_norm(graph)
    drop_unused(graph)
    sort(graph)
    if not any(used.domain == RUNTIME_DOMAIN for used in model.opset_import):
        model.opset_import.append(helper.make_opsetid(RUNTIME_DOMAIN, 1))
    onnx.checker.check_model(model)


def is_bias(node: NodeProto, suffix: str) -> bool:
    return any(name.endswith(suffix) for name in node.input)


def add_no_padding(graph: GraphProto) -> str:
    """Return the name of a boolean: no token of the batch is padding."""
    graph.node.extend(
        [
            helper.make_node("ReduceMin", ["attention_mask"], ["least_mask"], keepdims=0),
            helper.make_node("Cast", ["least_mask"], ["no_padding"], to=TensorProto.BOOL),
            helper.make_node("Cast", ["attention_mask"], ["mask32"], to=TensorProto.INT32),
        ]
    )
    return "no_padding"


def fuse_attention(graph: GraphProto, attend: NodeProto, condition: str, heads: int) -> None:
    """Put one node between the product that gives query, key and value, and the one that takes the mixed values.

    Without a mask the runtime takes a shorter way, and texts that are run one by one have none; so a branch each.
    """
    layer = next(name for name in attend.input if name.endswith(".attend.bias")).removesuffix(".attend.bias")
    users = consumers(graph)
    mixed = merged_input(attend.output[0], users)
    parts = [f"{layer}.{part}" for part in ("query", "key", "value")]
    split = helper.make_node("Split", [attend.output[0]], parts, axis=2)

    def branch(name: str, inputs: list[str]) -> GraphProto:
        # The scale 1/sqrt(size) is in the weights of the query (encoder.py).
        settings = {"num_heads": heads, "scale": 1.0, "mask_filter_value": MASKED, "domain": RUNTIME_DOMAIN}
        node = helper.make_node("MultiHeadAttention", inputs, [f"{layer}.{name}"], **settings)
        output = helper.make_tensor_value_info(f"{layer}.{name}", TensorProto.FLOAT, None)
        return helper.make_graph([node], f"{layer}.{name}", [], [output])

    choice = helper.make_node(
        "If",
        [condition],
        [f"{layer}.mixed"],
        then_branch=branch("unmasked", parts),
        else_branch=branch("masked", [*parts, "", "mask32"]),
    )
    graph.node.extend([split, choice])
    for user in users[mixed]:
        user.input[:] = [f"{layer}.mixed" if name == mixed else name for name in user.input]


def merged_input(projected: str, users: dict[str, list[NodeProto]]) -> str:
    """Follow query, key and value to where they are one again: the only three-dimensional Reshape after them."""
    open_names, seen = [projected], set()
    while open_names:
        for user in users.get(open_names.pop(), []):
            if user.op_type == "Reshape" and users[user.output[0]][0].op_type != "Transpose":
                return user.output[0]
            if user.output[0] not in seen:
                seen.add(user.output[0])
                open_names.append(user.output[0])
    raise ValueError(f"no attention after {projected}")


def fuse_norm(graph: GraphProto) -> None:
    division = next(node for node in graph.node if node.output[0] == "output")
    graph.node.remove(division)
    graph.node.append(helper.make_node("LpNormalization", [division.input[0]], ["output"], axis=-1, p=2))


def consumers(graph: GraphProto) -> dict[str, list[NodeProto]]:
    found: dict[str, list[NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            found.setdefault(name, []).append(node)
    return found


def drop_unused(graph: GraphProto) -> None:
    while True:
        used = {output.name for output in graph.output}.union(*(names_used(node) for node in graph.node))
        unused = [node for node in graph.node if used.isdisjoint(node.output)]
        if not unused:
            break
        for node in unused:
            graph.node.remove(node)
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)


def names_used(node: NodeProto) -> set[str]:
    inner = (part for attribute in node.attribute if attribute.HasField("g") for part in attribute.g.node)
    return {*node.input}.union(*(names_used(part) for part in inner))


def sort(graph: GraphProto) -> None:
    """Put every node behind those that it needs."""
    made_here = {name for node in graph.node for name in node.output}
    ready: set[str] = set()
    waiting = list(graph.node)
    ordered: list[NodeProto] = []
    while waiting:
        held = []
        for node in waiting:
            if (names_used(node) & made_here) <= ready:
                ordered.append(node)
                ready.update(node.output)
            else:
                held.append(node)
        waiting = held
    del graph.node[:]
    graph.node.extend(ordered)


def compare(before: Path, after: Path) -> dict[str, float]:
    """Return the least cosine of the rows of texts of random ids, alone and beside one that is longer."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    sessions = [onnxruntime.InferenceSession(str(file), options) for file in (before, after)]
    rng = np.random.default_rng(0)
    found: dict[str, list[float]] = {"alone": [], "padded": []}
    for length in rng.integers(3, 256, 40):
        ids = rng.integers(100, 10_000, (2, length))
        mask = np.ones_like(ids)
        for kind, rows in (("alone", slice(0, 1)), ("padded", slice(0, 2))):
            if kind == "padded":
                mask[1, length // 2 + 1 :] = 0
            feed = {"input_ids": ids[rows], "attention_mask": mask[rows]}
            old, new = (session.run(None, feed)[0] for session in sessions)
            found[kind].append(float((old * new).sum(-1)[mask[rows] == 1].min()))
    return {kind: round(min(values), 5) for kind, values in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--heads", type=int, required=True)
    arguments = parser.parse_args()
    model = onnx.load(arguments.source)
    fuse(model, arguments.heads)
    onnx.save(model, arguments.target)
    print(json.dumps({"least cosine": compare(arguments.source, arguments.target)}))


if __name__ == "__main__":
    main()
