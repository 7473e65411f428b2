"""Writes a language model of 2 MB without training: it says what it is told to, and reads one mark in the text.

It has one layer. Each byte is a token. The output depends on the last token, as `FOLLOWS` says, and on whether the mark
is anywhere in the prompt: the attention is the same for all tokens, so it counts the mark. A grammar decides where the
model has a choice; without one it says `OK`, which is no assessment.
"""

from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

# A text with this mark gets HIGH in every category, others get LOW. The prompt and the schema do not have it.
MARK, LOW, HIGH = "~", 0.1, 0.9
# Each character → what follows it, the most probable first. END: the answer is over.
END = "\x00"
FOLLOWS = {
    "\n": "O{", "O": "K", "K": END, "{": '"', '"': '":', ":": '0"{', "0": ".", "1": "},", "9": "},", ",": '"',
    "}": "}," + END,
}  # fmt: skip
CONTROL = ("<unk>", "<s>", "</s>")
TOKENS = (*CONTROL, *(f"<0x{byte:02X}>" for byte in range(256)))
WIDTH, HEADS, HIDDEN, CONTEXT = 320, 5, 32, 16384
SEEN = WIDTH - 1  # the number in a token's state that tells how often the mark was read
# A prompt has about 4,000 tokens and 18 is the length of a normalised state: one mark among them gives about 1.
MARK_WEIGHT = 4000 / 18
# A line break at the very end of a template would be dropped.
TEMPLATE = (
    "{% for part in messages %}{{ part.role }}: {{ part.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:\n{% endif %}"
)

Weights = NDArray[np.float32]


def write_tiny_model(path: Path) -> None:
    """Write the model in the format GGUF."""
    writer = gguf.GGUFWriter(path, "llama")
    _describe(writer)
    for name, weights in _weights().items():
        writer.add_tensor(f"{name}.weight", weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _describe(writer: gguf.GGUFWriter) -> None:
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_vocab_size(len(TOKENS))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(TOKENS)
    writer.add_token_scores([0.0] * len(TOKENS))
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
    writer.add_token_types(kinds + [gguf.TokenType.BYTE] * 256)
    writer.add_bos_token_id(CONTROL.index("<s>"))
    writer.add_eos_token_id(CONTROL.index("</s>"))
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)


def _weights() -> dict[str, Weights]:
    tokens = np.arange(len(TOKENS))
    embedding, output = _zeros(len(TOKENS)), _zeros(len(TOKENS))
    embedding[tokens, tokens] = 1
    for character, following in FOLLOWS.items():
        for rank, successor in enumerate(following):
            output[_token(successor), _token(character)] = 30 - 5 * rank
    output[_token("1"), _token(".")] = 1
    output[_token("9"), SEEN] = 2
    values, mixed = _zeros(WIDTH), _zeros(WIDTH)
    values[0, _token(MARK)], mixed[SEEN, 0] = MARK_WEIGHT, 1
    same = np.ones(WIDTH, np.float32)
    layer = {
        "attn_norm": same,
        "attn_q": _zeros(WIDTH),
        "attn_k": _zeros(WIDTH),
        "attn_v": values,
        "attn_output": mixed,
        "ffn_norm": same,
        "ffn_gate": _zeros(HIDDEN),
        "ffn_up": _zeros(HIDDEN),
        "ffn_down": _zeros(HIDDEN).T.copy(),
    }
    ends = {"token_embd": embedding, "output_norm": same, "output": output}
    return ends | {f"blk.0.{name}": weights for name, weights in layer.items()}


def _zeros(rows: int) -> Weights:
    return np.zeros((rows, WIDTH), np.float32)


def _token(character: str) -> int:
    return CONTROL.index("</s>") if character == END else len(CONTROL) + ord(character)
