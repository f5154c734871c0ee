#!/usr/bin/env python3
"""Weights as GGUF: what stands in the file, and what is said of a folder without weights."""

import contextlib
import io
import json
import os
import struct
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import minilm_gguf  # noqa: E402

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "sea", "##s"]
CONFIG = {"vocab_size": len(VOCABULARY), "num_hidden_layers": 1, "max_position_embeddings": 4,
          "hidden_size": 2, "intermediate_size": 3, "num_attention_heads": 1,
          "layer_norm_eps": 1e-12, "type_vocab_size": 2}


def shapes():
    """Of the tensors that a model of this size has."""
    width, inner = CONFIG["hidden_size"], CONFIG["intermediate_size"]
    found = {"embeddings.word_embeddings.weight": [len(VOCABULARY), width],
             "embeddings.position_embeddings.weight": [4, width],
             "embeddings.token_type_embeddings.weight": [2, width],
             "embeddings.LayerNorm.weight": [width], "embeddings.LayerNorm.bias": [width]}
    for source in minilm_gguf.LAYER_TENSORS:
        name = "encoder.layer.0." + source
        rows = inner if source == "intermediate.dense" else width
        columns = inner if source == "output.dense" else width
        is_norm = source.endswith("LayerNorm")
        found[name + ".weight"] = [rows] if is_norm else [rows, columns]
        found[name + ".bias"] = [rows]
    return found


def write_model(folder):
    """Tensor i holds the number i / 4 everywhere: exact in half precision, too."""
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for number, (name, shape) in enumerate(shapes().items()):
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        data = struct.pack("<%df" % count, *[number / 4] * count)
        header[name] = {"dtype": "F32", "shape": shape,
                        "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    with open(os.path.join(folder, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)
    with open(os.path.join(folder, "vocab.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(VOCABULARY) + "\n")
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(CONFIG, file)


def read_tensors(data):
    """Name -> (shape, type, numbers), by the rules of the format."""
    at = 4

    def take(form):
        nonlocal at
        values = struct.unpack_from("<" + form, data, at)
        at += struct.calcsize("<" + form)
        return values[0] if len(values) == 1 else values

    def take_text():
        nonlocal at
        size = take("Q")
        at += size
        return data[at - size:at].decode()

    version, tensors, keys = take("IQQ")
    assert version == 3
    for _ in range(keys):
        take_text()
        kind = take("I")
        count = 1
        if kind == 9:
            kind, count = take("I"), take("Q")
        for _ in range(count):
            take_text() if kind == 8 else take({4: "I", 5: "i", 6: "f", 7: "B"}[kind])
    entries = []
    for _ in range(tensors):
        name, dimensions = take_text(), take("I")
        shape = [take("Q") for _ in range(dimensions)]
        entries.append((name, shape, *take("IQ")))
    start = -(-at // 32) * 32
    found = {}
    for name, shape, kind, offset in entries:
        assert offset % 32 == 0
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        found[name] = (shape, kind, struct.unpack_from("<%d%s" % (count, "fe"[kind]), data,
                                                       start + offset))
    return found


class Conversion(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.out = os.path.join(self.folder, "out.gguf")

    def run_main(self, *arguments):
        with contextlib.redirect_stderr(io.StringIO()) as err:
            return minilm_gguf.main(list(arguments)), err.getvalue()

    def test_every_tensor_is_there_with_its_shape_and_numbers(self):
        inner = os.path.join(self.folder, "package", "model")
        os.makedirs(inner)
        write_model(inner)
        self.assertEqual(self.run_main(self.folder, self.out), (0, ""))
        with open(self.out, "rb") as file:
            data = file.read()
        self.assertEqual(data[:4], b"GGUF")
        tensors = read_tensors(data)
        self.assertEqual(len(tensors), len(shapes()))
        shape, kind, numbers = tensors["token_embd.weight"]
        self.assertEqual((shape, kind), ([2, 7], minilm_gguf.F16))
        self.assertEqual(set(numbers), {0.0})
        shape, kind, numbers = tensors["blk.0.ffn_up.weight"]
        number = list(shapes()).index("encoder.layer.0.intermediate.dense.weight")
        self.assertEqual((shape, kind, set(numbers)), ([2, 3], minilm_gguf.F16, {number / 4}))
        self.assertEqual(tensors["position_embd.weight"][1], minilm_gguf.F32)

    def test_beginnings_of_words_are_marked_and_special_tokens_are_not(self):
        tokens, types = minilm_gguf.pieces(VOCABULARY)
        self.assertEqual(tokens[4:], ["[MASK]", "\u2581sea", "s"])
        self.assertEqual(types[:5], [minilm_gguf.CONTROL_TOKEN] * 5)
        self.assertEqual(types[5:], [minilm_gguf.NORMAL_TOKEN] * 2)

    def test_a_folder_without_weights_is_named(self):
        code, said = self.run_main(self.folder, self.out)
        self.assertEqual(code, 1)
        self.assertIn(self.folder, said)
        self.assertFalse(os.path.exists(self.out))


if __name__ == "__main__":
    unittest.main()
