"""Attention and the last norm of an encoder's graph as one node each.

The exporter writes attention as some thirty nodes a layer, which cost more than their products: of short texts run one
by one, a tenth of the time.
"""
from __future__ import annotations

import onnx
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper

from encoder import MASKED

RUNTIME_DOMAIN = "com.microsoft"
BIAS = ".attend.bias"
NO_PADDING = "no_padding"  # a boolean: no token of the batch is padding
MASK = "mask32"


def fuse(model: ModelProto, heads: int) -> None:
    """Change the graph of a `TokenEncoder`, float or int8, in place."""
    graph = model.graph
    projections = [(node, name) for node in graph.node for name in node.input if name.endswith(BIAS)]
    for attend, bias in projections:
        fuse_attention(graph, attend, bias.removesuffix(BIAS), heads)
    insert_after(graph, projections[0][0], mask_nodes())
    fuse_norm(graph)
    drop_unused(graph)
    model.opset_import.append(helper.make_opsetid(RUNTIME_DOMAIN, 1))
    onnx.checker.check_model(model)


def mask_nodes() -> list[NodeProto]:
    return [
        helper.make_node("ReduceMin", ["attention_mask"], ["least_mask"], keepdims=0),
        helper.make_node("Cast", ["least_mask"], [NO_PADDING], to=TensorProto.BOOL),
        helper.make_node("Cast", ["attention_mask"], [MASK], to=TensorProto.INT32),
    ]


def fuse_attention(graph: GraphProto, attend: NodeProto, layer: str, heads: int) -> None:
    """Put one node between the product that gives query, key and value, and the one that takes the mixed values.

    Without a mask the runtime takes a shorter way, and texts that are run one by one have none; so a branch each.
    """
    users = consumers(graph)
    mixed = merged_output(attend.output[0], users)
    parts = [f"{layer}.{part}" for part in ("query", "key", "value")]

    def branch(name: str, inputs: list[str]) -> GraphProto:
        # The scale 1/sqrt(size) is in the weights of the query (encoder.py).
        settings = {"num_heads": heads, "scale": 1.0, "mask_filter_value": MASKED, "domain": RUNTIME_DOMAIN}
        node = helper.make_node("MultiHeadAttention", inputs, [f"{layer}.{name}"], **settings)
        output = helper.make_tensor_value_info(f"{layer}.{name}", TensorProto.FLOAT, None)
        return helper.make_graph([node], f"{layer}.{name}", [], [output])

    split = helper.make_node("Split", [attend.output[0]], parts, axis=2)
    choice = helper.make_node(
        "If",
        [NO_PADDING],
        [f"{layer}.mixed"],
        then_branch=branch("unmasked", parts),
        else_branch=branch("masked", [*parts, "", MASK]),
    )
    for user in users[mixed]:
        user.input[:] = [f"{layer}.mixed" if name == mixed else name for name in user.input]
    insert_after(graph, attend, [split, choice])


def merged_output(projected: str, users: dict[str, list[NodeProto]]) -> str:
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


def insert_after(graph: GraphProto, node: NodeProto, added: list[NodeProto]) -> None:
    """Nodes stand in the order in which they are run."""
    place = list(graph.node).index(node) + 1
    for new in reversed(added):
        graph.node.insert(place, new)


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
